#include "serve/partition/audit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "ground/base/bytes.h"
#include "ground/base/text.h"
#include "ground/store/signature.h"
#include "ground/store/store.h"
#include "ground/store/vault.h"

namespace aizuchi::serve {

using ground::ByteReader;
using ground::ByteWriter;
using ground::Direction;
using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Space;

namespace {

constexpr uint8_t entry_format = 1;
constexpr std::string_view prefix = "audit/";
constexpr std::string_view head_file = "/audit-head";
constexpr size_t text_bytes_max = 1'000;

using Link = std::array<uint8_t, 32>;

std::string_view view(const Link& link) {
  return {reinterpret_cast<const char*>(link.data()), link.size()};
}

std::string name_of(uint64_t sequence) {
  ByteWriter out;
  out.be64(sequence);
  return std::string(prefix) + out.take();
}

// What is hashed and signed: all but link and signature.
std::string payload_of(const AuditEntry& entry) {
  ByteWriter out;
  out.u8(entry_format);
  out.be64(entry.sequence);
  out.zigzag(entry.at.ms);
  out.text(entry.by);
  out.text(entry.action);
  out.text(entry.on);
  out.text(entry.detail);
  return out.take();
}

Link link_of(const Link& before, std::string_view payload) {
  return ground::sha256(std::string(view(before)).append(payload));
}

std::string encode(const AuditEntry& entry) {
  std::string out = payload_of(entry);
  out.append(view(entry.link)).append(entry.signature);
  return out;
}

Result<AuditEntry> decode(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != entry_format)
    return fail(ErrorCode::unsupported, "an audit entry is in a newer format",
                "use the version that wrote it");
  AuditEntry out;
  out.sequence = in.be64();
  out.at = {in.zigzag()};
  out.by = in.text();
  out.action = in.text();
  out.on = in.text();
  out.detail = in.text();
  std::ranges::copy(in.bytes(out.link.size()), out.link.begin());
  out.signature = in.bytes(64);
  if (!in.done()) return fail(ErrorCode::corrupted, "an audit entry does not check");
  return out;
}

// Written beside, synced, renamed: the old one or the new one, never half of it.
Result<void> write_small_file(const std::string& path, std::string_view text) {
  const std::string beside = path + ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = fd >= 0 &&
                       ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(beside.c_str(), path.c_str()) != 0)
    return fail(ErrorCode::unavailable, "the keyring directory cannot be written");
  return {};
}

}  // namespace

Audit::Audit(ground::Store& store, const ground::Vault& vault, std::string keyring_directory)
    : store_(store),
      directory_(std::move(keyring_directory)),
      signing_(vault.derived_256("audit")),
      public_key_(ground::ed25519_public(signing_)) {}

Result<std::optional<uint64_t>> Audit::noted_head(Link& link) const {
  if (directory_.empty()) return std::nullopt;
  std::ifstream in(directory_ + std::string(head_file), std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  ByteReader bytes(text.view());
  const uint8_t format = bytes.u8();
  const uint64_t sequence = bytes.be64();
  const std::string_view head = bytes.bytes(link.size());
  const std::string_view signature = bytes.bytes(64);
  // What is signed is the link; a number that is not its own is told by the entry that has it, and
  // none has 0.
  const bool begun = head == view(Link{});
  if (format != entry_format || !bytes.done() || (sequence == 0) != begun ||
      !ground::ed25519_checks(public_key_, head, signature))
    return fail(ErrorCode::corrupted, "the file audit-head of the keyring does not check",
                "`aizuchi audit verify` checks the entries themselves");
  std::ranges::copy(head, link.begin());
  return std::optional(sequence);
}

void Audit::committed(bool kept) {
  if (!kept) return static_cast<void>(find_end());
  if (directory_.empty()) return;
  ByteWriter out;
  out.u8(entry_format);
  out.be64(last_);
  out.bytes(view(link_));
  out.bytes(ground::ed25519_sign(signing_, view(link_)));
  const auto noted = write_small_file(directory_ + std::string(head_file), out.view());
  trouble_ = noted ? "" : noted.error().message;
}

Result<void> Audit::find_end() {
  last_ = 0;
  link_ = {};
  for (const AuditEntry& entry : TRY(page(0, 1))) {
    last_ = entry.sequence;
    link_ = entry.link;
  }
  return {};
}

Result<void> Audit::load(ground::Instant now) {
  TRY(find_end());
  if (directory_.empty()) return {};
  Link noted{};
  const auto head = noted_head(noted);
  if (head && *head && **head <= last_) return {};
  if (head && !*head && last_ == 0) {
    committed(true);  // from its first entry on, a note that is not there was taken away
    return {};
  }
  ground::Batch batch;
  if (head && *head)
    add(batch, now, "engine", "audit.missing", fmt::format("{}-{}", last_ + 1, **head),
        fmt::format("entries {} to {} are not in this store any more; the last had the link {}",
                    last_ + 1, **head, ground::hex(noted)));
  else
    add(batch, now, "engine", "audit.missing", fmt::format("after {}", last_),
        fmt::format("{}: entries after {} may be missing",
                    head ? "the file audit-head is gone from the keyring" : head.error().message,
                    last_));
  const auto kept = store_.commit_and_wait(std::move(batch), ground::Durability::synced);
  committed(kept.has_value());
  return kept;
}

void Audit::add(ground::Batch& batch, ground::Instant now, std::string_view by,
                std::string_view action, std::string_view on, std::string_view detail) {
  AuditEntry entry{.sequence = last_ + 1,
                   .at = now,
                   .by = std::string(by),
                   .action = std::string(action),
                   .on = ground::shorten(on, text_bytes_max),
                   .detail = ground::shorten(detail, text_bytes_max)};
  entry.link = link_of(link_, payload_of(entry));
  entry.signature = ground::ed25519_sign(signing_, view(entry.link));
  batch.put(Space::meta, name_of(entry.sequence), encode(entry));
  last_ = entry.sequence;
  link_ = entry.link;
}

Result<std::vector<AuditEntry>> Audit::page(uint64_t before, size_t max) const {
  std::vector<AuditEntry> out;
  Result<void> outcome;
  const auto each = [&](std::string_view, std::string_view bytes) {
    auto entry = decode(bytes);
    if (!entry) {
      outcome = std::unexpected(entry.error());
      return false;
    }
    out.push_back(*std::move(entry));
    return out.size() < max;
  };
  if (max == 0 || before == 1) return out;
  const std::string from = before == 0 ? std::string() : name_of(before - 1);
  TRY(store_.scan(Space::meta, prefix, from, Direction::backward, each));
  TRY(std::move(outcome));
  return out;
}

Result<AuditReport> Audit::verify() const {
  AuditReport out;
  const auto wrong = [&](std::string what) { out.problems.push_back(std::move(what)); };
  Link noted{}, before{};
  const auto head = noted_head(noted);
  if (!head) wrong(head.error().message);
  const uint64_t noted_last = head ? head->value_or(0) : 0;
  uint64_t last = 0;
  const auto each = [&](std::string_view name, std::string_view bytes) {
    const uint64_t wanted = last + 1;
    const auto entry = decode(bytes);
    ByteReader key(name.substr(prefix.size()));
    last = key.be64();
    ++out.entries;
    if (last != wanted) wrong(fmt::format("entries {} to {} are missing", wanted, last - 1));
    if (!entry) {
      wrong(fmt::format("entry {}: {}", last, entry.error().message));
      return true;
    }
    if (entry->sequence != last) wrong(fmt::format("entry {} lies where {} was", last, wanted));
    if (entry->link != link_of(before, payload_of(*entry)))
      wrong(fmt::format("entry {} is not what followed the one before it", last));
    if (!ground::ed25519_checks(public_key_, view(entry->link), entry->signature))
      wrong(fmt::format("entry {} is not signed by this keyring", last));
    if (entry->action == "audit.missing")
      wrong(fmt::format("entry {}, of {}: {}", last, ground::format_instant(entry->at),
                        entry->detail));
    if (noted_last != 0 && last == noted_last && entry->link != noted)
      wrong(fmt::format("entry {} is not the one that the keyring remembers", last));
    before = entry->link;
    return true;
  };
  TRY(store_.scan(Space::meta, prefix, "", Direction::forward, each));
  if (noted_last > last)
    wrong(fmt::format("entries {} to {} are missing at the end", last + 1, noted_last));
  if (head && !*head && last > 0 && !directory_.empty())
    wrong("the file audit-head is gone from the keyring: entries at the end may be missing");
  out.link = ground::hex(before);
  return out;
}

}  // namespace aizuchi::serve
