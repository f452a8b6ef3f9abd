// Who speaks: the keys that person tokens are verified with, and what a token proves and says.
#include <algorithm>

#include "ground/base/bytes.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Space;
using ground::Value;
using remember::TokenKey;

namespace {

constexpr std::string_view token_prefix = "dt_";
using remember::minted_device_prefix;
constexpr uint8_t trusted_key_format = 1;
constexpr std::string_view trusted_key_prefix = "person-key/";

std::string encode_trusted(const TokenKey& key) {
  ground::ByteWriter out;
  out.u8(trusted_key_format);
  out.u8(static_cast<uint8_t>(key.algorithm));
  out.text(key.material);
  out.zigzag(key.created_at.ms);
  return out.take();
}

Result<TokenKey> decode_trusted(std::string_view kid, std::string_view bytes) {
  ground::ByteReader in(bytes);
  if (in.u8() != trusted_key_format)
    return fail(ErrorCode::unsupported, "a key for person tokens is in a newer format");
  TokenKey key{.kid = std::string(kid)};
  const uint8_t algorithm = in.u8();
  key.algorithm = static_cast<remember::TokenAlgorithm>(std::min<uint8_t>(algorithm, 3));
  key.material = in.text();
  key.created_at = {in.zigzag()};
  if (!in.done() || algorithm > 3)
    return fail(ErrorCode::corrupted, "a stored key for person tokens does not check");
  return key;
}

TrustedKey note_of(const TokenKey& key) {
  return {.kid = key.kid,
          .algorithm = std::string(to_string(key.algorithm)),
          .created_at = key.created_at};
}

}  // namespace

std::string meta_trusted_key(std::string_view kid) {
  return std::string(trusted_key_prefix) + std::string(kid);
}

Result<void> Partition::State::load_trusted_keys() {
  Result<void> outcome;
  const auto each = [&](std::string_view name, std::string_view value) -> Result<void> {
    // A shared secret signs: it is sealed like what belongs to nobody in particular.
    const std::string plain = TRY(ledger.open(ground::PersonId{}, name, value));
    TokenKey key = TRY(decode_trusted(name.substr(trusted_key_prefix.size()), plain));
    TRY(person_tokens.add(std::move(key)));
    return {};
  };
  const auto take = [&](std::string_view name, std::string_view value) {
    outcome = each(name, value);
    return outcome.has_value();
  };
  TRY(store->scan(Space::meta, trusted_key_prefix, "", ground::Direction::forward, take));
  return outcome;
}

Result<TrustedKey> Partition::trust_key(std::string_view algorithm, std::string_view kid,
                                        std::string_view material, std::string_view by) {
  State& s = *state_;
  const auto known = remember::parse_token_algorithm(algorithm);
  if (!known)
    return fail(ErrorCode::invalid, "This is no algorithm of person tokens.",
                "It is EdDSA, ES256, RS256 or HS256, written so.");
  const std::string named = TRY(s.person_tokens.add({.kid = std::string(kid),
                                                     .algorithm = *known,
                                                     .material = std::string(material),
                                                     .created_at = s.clock.now()}));
  const TokenKey& key = s.person_tokens.keys().back();
  const std::string name = meta_trusted_key(named);
  ground::Batch batch;
  batch.put(Space::meta, name, s.ledger.seal(nullptr, name, encode_trusted(key)));
  TrustedKey note = note_of(key);
  if (const auto kept = s.commit_audited(std::move(batch), by, "trust.create", named, algorithm);
      !kept) {
    s.person_tokens.remove(named);
    return std::unexpected(kept.error());
  }
  return note;
}

std::vector<TrustedKey> Partition::trusted_keys() const {
  std::vector<TrustedKey> out;
  for (const TokenKey& key : state_->person_tokens.keys()) out.push_back(note_of(key));
  return out;
}

Result<void> Partition::prove(Asking& asking, std::string_view token) {
  State& s = *state_;
  if (!s.snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`, then ask again");
  const remember::ProvenPerson person =
      TRY(s.person_tokens.check(token, s.snapshot->brand, s.clock.now()));
  if (!asking.user_id.empty() && asking.user_id != person.user_id)
    return fail(ErrorCode::unauthorized, "The person token is of another user than \"userId\".",
                "Leave \"userId\" out: the token names the person.");
  if (!person.device.empty() && person.device != asking.anonymous_id)
    return fail(ErrorCode::unauthorized, "The person token is of another device.",
                "Send the \"anonymousId\" that the token's \"device\" names.");
  asking.user_id = person.user_id;
  asking.proof = PersonProof{
      .token_id = person.token_id, .issued_at = person.issued_at, .traits = person.traits};
  return {};
}

NewDevice Partition::mint_device() {
  NewDevice out{.anonymous_id =
                    std::string(minted_device_prefix) + ground::to_hex(state_->dice.next_128())};
  out.token = state_->device_token(out.anonymous_id);
  return out;
}

Result<void> Partition::prove_device(Asking& asking, std::string_view token) {
  const auto refused = [](std::string_view rule, std::string_view hint) {
    return fail(ErrorCode::unauthorized, "The device token is refused: " + std::string(rule) + ".",
                std::string(hint));
  };
  const size_t dot = token.find('.');
  if (!token.starts_with(token_prefix) || dot == std::string_view::npos)
    return refused("it is not dt_, an id, a dot and a proof",
                   "POST /v1/devices answers one together with its anonymousId.");
  const std::string id = std::string(minted_device_prefix) +
                         std::string(token.substr(token_prefix.size(), dot - token_prefix.size()));
  if (!ground::equal_constant_time(state_->device_token(id), token))
    return refused("it was not minted here", "Ask POST /v1/devices for a new one.");
  if (!asking.anonymous_id.empty() && asking.anonymous_id != id)
    return refused("it is of another device than \"anonymousId\"",
                   "Leave \"anonymousId\" out: the token names the device.");
  asking.anonymous_id = id;
  asking.device_proven = true;
  return {};
}

// dt_ · the id's digits · . · the first 128 bits of its HMAC.
std::string Partition::State::device_token(std::string_view anonymous_id) const {
  const std::string proof = ground::hex(ground::hmac_sha256(device_key, anonymous_id));
  return std::string(token_prefix) + std::string(anonymous_id.substr(minted_device_prefix.size())) +
         "." + proof.substr(0, 32);
}

bool Partition::State::possesses(const Asking& speaker, std::string_view anonymous_id) {
  return !anonymous_id.starts_with(minted_device_prefix) ||
         (speaker.device_proven && speaker.anonymous_id == anonymous_id);
}

Result<void> Partition::State::name_speaker(listen::Event& event, const Asking& speaker) {
  if (speaker.proof) TRY(listen::name_user(event, speaker.user_id));
  if (speaker.device_proven && event.anonymous_id.empty())
    listen::name_device(event, speaker.anonymous_id);
  if (!possesses(speaker, event.anonymous_id))
    return fail(ErrorCode::invalid,
                "anonymousId was minted here, and its device token did not come with it");
  return {};
}

// Keyed, so that a page cannot take the place of what its reader's token says.
std::string Partition::State::traits_message(const Asking& speaker) const {
  ground::ByteWriter out;
  out.text("signed traits");
  out.text(speaker.user_id);
  out.text(speaker.proof->token_id);
  return "token-" + ground::hex(ground::hmac_sha256(key_hash_key, out.view())).substr(0, 32);
}

}  // namespace aizuchi::serve
