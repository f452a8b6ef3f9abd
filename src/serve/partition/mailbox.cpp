// Links for a mail, by which whoever reads it stops what the mail was for. A link is a sealed word
// and nothing is stored for it: whose mail, which purpose, until when. It proves that a mailbox was
// read, and mails are forwarded: so it stops that purpose and tells how that purpose stands, for a
// day; it grants nothing, shows nothing else, and makes nobody one with anybody.
#include <fmt/format.h>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"
#include "serve/partition/state.h"
#include "serve/partition/wishes.h"

namespace aizuchi::serve {

using ground::Duration;
using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr uint8_t mailbox_format = 1;
constexpr std::string_view mailbox_label = "mailbox", mailbox_prefix = "ml_";
constexpr Duration fresh_for = Duration::hours(24);
constexpr size_t token_bytes_max = 2'048;

std::string url_text(std::string_view bytes) {
  std::string text = ground::base64(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text.substr(0, text.find('='));
}

}  // namespace

Result<Mailbox> Partition::mint_mailbox(const std::string& user_id, const std::string& purpose,
                                        Duration keep, const Key& key) {
  State& s = *state_;
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`");
  if (s.snapshot->purpose(purpose) == nullptr)
    return fail(ErrorCode::not_found, "There is no such purpose.", "See GET /v1/me/purposes.");
  if (s.snapshot->source(key.source) == nullptr)
    return fail(ErrorCode::forbidden, "The key's source is not in sources.yaml any more.",
                "Create a key for a source of the folder.");
  Mailbox out{.user_id = user_id,
              .purpose = purpose,
              .source = key.source,
              .minted_at = s.clock.now(),
              .expires_at = s.clock.now() + keep};
  ground::ByteWriter plain;
  plain.u8(mailbox_format);
  plain.text(out.user_id);
  plain.text(out.purpose);
  plain.text(out.source);
  plain.zigzag(out.minted_at.ms);
  plain.zigzag(out.expires_at.ms);
  out.token =
      std::string(mailbox_prefix) + url_text(s.ledger.seal(nullptr, mailbox_label, plain.view()));
  return out;
}

Result<Mailbox> Partition::open_mailbox(std::string_view token) {
  State& s = *state_;
  // One answer to all that is wrong with a link, so that nothing is learned from it.
  const auto refused = [] {
    return fail(ErrorCode::not_found, "This link is not valid, or not any more.",
                "Open the newest mail, or sign in to change what you agreed to.");
  };
  std::string sealed;
  if (!token.starts_with(mailbox_prefix) || token.size() > token_bytes_max ||
      !ground::base64_decode(token.substr(mailbox_prefix.size()), sealed))
    return refused();
  const auto plain = s.ledger.open(ground::PersonId{}, mailbox_label, sealed);
  if (!plain) return refused();
  ground::ByteReader in(*plain);
  if (in.u8() != mailbox_format) return refused();
  Mailbox out{.token = std::string(token)};
  out.user_id = in.text();
  out.purpose = in.text();
  out.source = in.text();
  out.minted_at = {in.zigzag()};
  out.expires_at = {in.zigzag()};
  const bool over = s.clock.now() >= out.expires_at;
  if (!in.done() || over || !s.snapshot || s.snapshot->purpose(out.purpose) == nullptr)
    return refused();
  out.fresh = s.clock.now() < out.minted_at + fresh_for;
  return out;
}

void Partition::stop_by_mailbox(const Mailbox& mailbox, IngestDone done) {
  State& s = *state_;
  const Key key{
      .id = "mailbox", .secret = true, .source = mailbox.source, .scopes = {Scope::ingest}};
  const auto person = s.person_of(remember::user_id_kind, mailbox.user_id);
  if (!person) return done(std::unexpected(person.error()));
  // Of somebody who is not known, or was erased, nothing is made. It takes as long: a word that
  // means nothing is written as durably.
  if (*person == nullptr) {
    ground::Batch batch;
    batch.put(ground::Space::seen, seen_key(key.id, ground::to_hex(s.dice.next_128())),
              received_bytes(s.clock.now()));
    return s.store->commit(
        std::move(batch), ground::Durability::synced,
        [state = &s, finish = std::move(done)](const Result<void>& written) mutable {
          Result<Ingested> outcome;
          if (!written) outcome = std::unexpected(written.error());
          state->hand_over([outcome, finish = std::move(finish)] { finish(outcome); });
        });
  }
  set_purposes({.user_id = mailbox.user_id}, {{mailbox.purpose, false}}, key, std::move(done));
}

}  // namespace aizuchi::serve
