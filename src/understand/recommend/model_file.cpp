#include "understand/recommend/model_file.h"

#include <cmath>
#include <cstring>

#include "ground/base/bytes.h"
#include "ground/base/hash.h"

namespace aizuchi::understand {

using ground::ByteReader;
using ground::ByteWriter;
using ground::ErrorCode;
using ground::fail;

namespace {

constexpr std::string_view magic = "aizuchi model\n";
constexpr uint8_t format = 1;
constexpr size_t sum_bytes = 32;
enum class Task : uint8_t { shelf = 1, visits = 2 };

std::string checksum(std::string_view bytes) {
  const auto sum = ground::sha256(bytes);
  return {reinterpret_cast<const char*>(sum.data()), sum.size()};
}

void write_visits(ByteWriter& out, const std::vector<KeptVisit>& visits) {
  out.varint(visits.size());
  for (const KeptVisit& visit : visits) {
    out.zigzag(visit.at);
    out.varint(visit.items.size());
    for (const uint32_t item : visit.items) out.varint(item);
  }
}

std::vector<KeptVisit> read_visits(ByteReader& in, size_t items) {
  std::vector<KeptVisit> out;
  for (size_t n = in.count(2); n > 0 && in.ok(); --n) {
    KeptVisit visit{.at = in.zigzag(), .items = {}};
    for (size_t k = in.count(); k > 0 && in.ok(); --k) {
      const uint64_t item = in.varint();
      if (item >= items) in.spoil();
      visit.items.push_back(static_cast<uint32_t>(item));
    }
    out.push_back(std::move(visit));
  }
  return out;
}

// All between the format and the checksum.
bool read_body(ByteReader& in, KeptModel& out) {
  const auto task = static_cast<Task>(in.u8());
  out.name = in.text();
  out.people = in.varint(), out.pairs = in.varint(), out.seed = in.varint();
  for (size_t n = in.count(9); n > 0 && in.ok(); --n) {
    std::string name(in.text());
    out.reached.emplace_back(std::move(name), in.f64());
    if (!std::isfinite(out.reached.back().second)) in.spoil();
  }
  for (size_t n = in.count(); n > 0 && in.ok(); --n) out.items.emplace_back(in.text());
  if (!in.ok() || out.items.size() > UINT32_MAX) return false;
  if (task == Task::shelf)
    out.model = read_model(in, static_cast<uint32_t>(out.items.size()));
  else if (task == Task::visits)
    out.visits = read_visits(in, out.items.size());
  return in.done() && (task == Task::visits || out.model);
}

}  // namespace

void write_floats(ByteWriter& out, std::span<const float> floats) {
  out.bytes({reinterpret_cast<const char*>(floats.data()), floats.size_bytes()});
}

float read_float(ByteReader& in) {
  constexpr float largest = 1e9F;
  const std::string_view bytes = in.bytes(sizeof(float));
  float out = 0;
  if (!bytes.empty()) std::memcpy(&out, bytes.data(), sizeof out);
  if (!(std::abs(out) <= largest)) in.spoil();
  return in.ok() ? out : 0;
}

std::vector<float> read_floats(ByteReader& in, size_t count) {
  if (in.rest().size() / sizeof(float) < count) in.spoil();
  std::vector<float> out(in.ok() ? count : 0);
  for (float& x : out) x = read_float(in);
  return out;
}

std::string encode(const KeptModel& kept) {
  AIZ_ASSERT(!kept.model || kept.model->items() == kept.items.size());
  ByteWriter out;
  out.bytes(magic);
  out.u8(format);
  out.u8(static_cast<uint8_t>(kept.model ? Task::shelf : Task::visits));
  out.text(kept.name);
  for (const uint64_t n : {kept.people, kept.pairs, kept.seed}) out.varint(n);
  out.varint(kept.reached.size());
  for (const auto& [name, value] : kept.reached) {
    out.text(name);
    out.f64(value);
  }
  out.varint(kept.items.size());
  for (const std::string& item : kept.items) out.text(item);
  if (kept.model)
    kept.model->write(out);
  else
    write_visits(out, kept.visits);
  std::string bytes = out.take();
  bytes += checksum(bytes);
  return bytes;
}

ground::Result<KeptModel> decode_model(std::string_view bytes) {
  if (!bytes.starts_with(magic))
    return fail(ErrorCode::unsupported, "it is not a model that `aizuchi train` made");
  ByteReader head(bytes.substr(magic.size()));
  if (const uint8_t found = head.u8(); head.ok() && found != format)
    return fail(ErrorCode::unsupported, "it is of a format that this version does not know",
                "Use the version that made it, or train it again.");
  const size_t begins = magic.size() + 1;
  if (bytes.size() < begins + sum_bytes ||
      checksum(bytes.substr(0, bytes.size() - sum_bytes)) != bytes.substr(bytes.size() - sum_bytes))
    return fail(ErrorCode::corrupted, "it does not match its checksum: it was cut or changed",
                "Train it again, or take it from where it is whole.");
  ByteReader in(bytes.substr(begins, bytes.size() - begins - sum_bytes));
  KeptModel out;
  if (!read_body(in, out))
    return fail(ErrorCode::corrupted, "what it says does not fit together", "Train it again.");
  return out;
}

}  // namespace aizuchi::understand
