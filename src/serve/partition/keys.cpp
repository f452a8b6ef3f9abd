// Keys: hashed in the store, shown once. pk_ and sk_ tell what they are; 160 random bits each, and
// a checksum, so that one that was cut off or mistyped is called that.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/bytes.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Space;

namespace {

constexpr uint8_t key_format = 1;
constexpr uint8_t key_format_limited = 2;  // with how often it may be used
constexpr std::string_view scope_words[] = {"ingest",  "decide", "people",
                                            "privacy", "brand",  "admin"};

std::string encode_key(const Key& key) {
  ground::ByteWriter out;
  out.u8(key.per_second == 0 ? key_format : key_format_limited);
  out.text(key.id);
  out.u8(key.secret ? 1 : 0);
  out.text(key.source);
  out.varint(key.scopes.size());
  for (const Scope scope : key.scopes) out.u8(static_cast<uint8_t>(scope));
  out.zigzag(key.created_at.ms);
  if (key.per_second != 0) out.varint(key.per_second);
  return out.take();
}

Result<Key> decode_key(std::string_view bytes) {
  ground::ByteReader in(bytes);
  const uint8_t format = in.u8();
  if (format != key_format && format != key_format_limited)
    return fail(ErrorCode::unsupported, "a key is in a newer format");
  Key key;
  key.id = in.text();
  key.secret = in.u8() != 0;
  key.source = in.text();
  for (size_t n = in.count(); n > 0 && in.ok(); --n)
    key.scopes.push_back(static_cast<Scope>(std::min<uint8_t>(in.u8(), 5)));
  key.created_at = {in.zigzag()};
  if (format == key_format_limited)
    key.per_second = static_cast<uint32_t>(std::min<uint64_t>(in.varint(), UINT32_MAX));
  if (!in.done()) return fail(ErrorCode::corrupted, "a stored key does not check");
  return key;
}

constexpr size_t random_digits = 40;

std::string checksum_of(std::string_view text) {
  return fmt::format("{:08x}", ground::crc32c(text));
}

// Of a key that was made here: does it end with its checksum? Keys of before have none.
bool mistyped(std::string_view text) {
  if (!text.starts_with("pk_") && !text.starts_with("sk_")) return false;
  const std::string_view digits = text.substr(3);
  const bool hexadecimal = digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!hexadecimal || digits.size() <= random_digits) return false;
  const size_t before = 3 + random_digits;
  return text.substr(before) != checksum_of(text.substr(0, before));
}

std::string hash_of(const ground::Key256& hash_key, std::string_view text) {
  return ground::hex(ground::hmac_sha256(hash_key, text));
}

std::string in_words(const Key& key) {
  std::string scopes;
  for (const Scope scope : key.scopes)
    scopes += fmt::format("{}{}", scopes.empty() ? "" : ", ", to_string(scope));
  return fmt::format("{}, source {}, may {}", key.secret ? "secret" : "public", key.source, scopes);
}

}  // namespace

std::string_view to_string(Scope scope) {
  return scope_words[static_cast<size_t>(scope)];
}

bool Key::may(Scope scope) const {
  return std::ranges::find(scopes, scope) != scopes.end();
}

Result<void> Partition::State::load_keys() {
  Result<void> outcome;
  const auto each = [&](std::string_view name, std::string_view value) {
    auto key = decode_key(value);
    if (!key) {
      outcome = std::unexpected(key.error());
      return false;
    }
    keys.emplace(name.substr(4), *std::move(key));
    return true;
  };
  TRY(store->scan(Space::meta, "key/", "", ground::Direction::forward, each));
  return outcome;
}

Result<Key> Partition::register_key(std::string_view text, bool secret, std::string_view source,
                                    std::vector<Scope> scopes, std::string_view by) {
  State& s = *state_;
  if (text.size() < 8 || text.size() > 256)
    return fail(ErrorCode::invalid, "a key has 8 to 256 characters",
                "let `aizuchi keys create` make one");
  if (s.snapshot && s.snapshot->source(source) == nullptr)
    return fail(ErrorCode::not_found,
                fmt::format("there is no source '{}' in sources.yaml", source),
                "name one of the brand folder's sources");
  const std::string hash = hash_of(s.key_hash_key, text);
  Key key{.id = hash.substr(0, 8),
          .secret = secret,
          .source = std::string(source),
          .scopes = std::move(scopes),
          .created_at = s.clock.now()};
  if (key.scopes.empty()) key.scopes = {Scope::ingest, Scope::decide};
  if (!secret)
    std::erase_if(key.scopes,
                  [](Scope scope) { return scope != Scope::ingest && scope != Scope::decide; });
  ground::Batch batch;
  batch.put(Space::meta, meta_key(hash), encode_key(key));
  TRY(s.commit_audited(std::move(batch), by, "key.create", key.id, in_words(key)));
  s.keys[hash] = key;
  return key;
}

Result<NewKey> Partition::create_key(bool secret, std::string_view source,
                                     std::vector<Scope> scopes, std::string_view by) {
  std::array<uint8_t, 20> random;
  state_->dice.fill(random);
  std::string text = fmt::format("{}{}", secret ? "sk_" : "pk_", ground::hex(random));
  text += checksum_of(text);
  Key key = TRY(register_key(text, secret, source, std::move(scopes), by));
  return NewKey{std::move(key), std::move(text)};
}

Result<void> Partition::revoke_key(std::string_view id, std::string_view by) {
  State& s = *state_;
  const auto it =
      std::ranges::find_if(s.keys, [&](const auto& entry) { return entry.second.id == id; });
  const bool trusted = std::ranges::find(s.person_tokens.keys(), id, &remember::TokenKey::kid) !=
                       s.person_tokens.keys().end();
  if (it == s.keys.end() && !trusted)
    return fail(ErrorCode::not_found, "there is no key of this id", "see `aizuchi keys list`");
  ground::Batch batch;
  batch.erase(Space::meta, trusted ? meta_trusted_key(id) : meta_key(it->first));
  TRY(s.commit_audited(std::move(batch), by, trusted ? "trust.revoke" : "key.revoke", id, ""));
  if (trusted)
    s.person_tokens.remove(id);
  else
    s.keys.erase(it);
  return {};
}

Result<Key> Partition::limit_key(std::string_view id, uint32_t per_second, std::string_view by) {
  State& s = *state_;
  const auto it =
      std::ranges::find_if(s.keys, [&](const auto& entry) { return entry.second.id == id; });
  if (it == s.keys.end())
    return fail(ErrorCode::not_found, "there is no key of this id", "see `aizuchi keys list`");
  Key limited = it->second;
  limited.per_second = per_second;
  ground::Batch batch;
  batch.put(Space::meta, meta_key(it->first), encode_key(limited));
  const std::string detail =
      per_second == 0 ? "as the server says" : fmt::format("{} requests a second", per_second);
  TRY(s.commit_audited(std::move(batch), by, "key.limit", id, detail));
  it->second = limited;
  return limited;
}

Result<std::vector<Key>> Partition::keys() {
  std::vector<Key> out;
  for (const auto& [hash, key] : state_->keys) out.push_back(key);
  std::ranges::sort(out, {}, &Key::created_at);
  return out;
}

Result<Key> Partition::check_key(std::string_view text) {
  if (mistyped(text))
    return fail(ErrorCode::unauthorized, "the key is cut off or mistyped: its checksum is wrong",
                "copy it again as `aizuchi keys create` printed it");
  const auto it = state_->keys.find(hash_of(state_->key_hash_key, text));
  if (it == state_->keys.end())
    return fail(ErrorCode::unauthorized, "the key is not known here",
                "create one with `aizuchi keys create`");
  return it->second;
}

}  // namespace aizuchi::serve
