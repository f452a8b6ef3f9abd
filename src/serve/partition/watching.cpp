// What a stream of changes looks at: a sealed word for whose changes are meant, and one number that
// is another one after each of them.
#include "ground/base/bytes.h"
#include "ground/base/hash.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr uint8_t watch_format = 1;
constexpr std::string_view watch_label = "watch";
constexpr ground::Duration watch_kept = ground::Duration::days(30);

enum Flag : uint8_t { by_server = 1, person_proven = 2, device_proven = 4 };

}  // namespace

std::string Partition::watch_token(const Asking& asking, const Key& key) {
  Watch watch{.whom = asking, .by_server = key.secret};
  ground::ByteWriter out;
  out.u8(watch_format);
  out.u8(static_cast<uint8_t>((watch.by_server ? by_server : 0) |
                              (asking.proof ? person_proven : 0) |
                              (asking.device_proven ? device_proven : 0)));
  out.text(asking.user_id);
  out.text(asking.anonymous_id);
  out.be64(changes(watch));
  out.zigzag(state_->clock.now().ms);
  std::string text = ground::base64(state_->ledger.seal(nullptr, watch_label, out.view()));
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text.substr(0, text.find('='));
}

Result<Partition::Watch> Partition::watch(std::string_view token) {
  const auto refused = [] {
    return fail(ErrorCode::unauthorized, "This stream is not one of ours, or is too old.",
                "Ask /ofrep/v1/evaluate/flags again: its eventStreams name a fresh one.");
  };
  std::string sealed;
  if (!ground::base64_decode(token, sealed)) return refused();
  const auto plain = state_->ledger.open(ground::PersonId{}, watch_label, sealed);
  if (!plain) return refused();
  ground::ByteReader in(*plain);
  if (in.u8() != watch_format) return refused();
  const uint8_t flags = in.u8();
  Watch out{.by_server = (flags & by_server) != 0};
  out.whom.user_id = in.text();
  out.whom.anonymous_id = in.text();
  out.whom.device_proven = (flags & device_proven) != 0;
  if ((flags & person_proven) != 0) out.whom.proof = PersonProof{};
  out.seen = in.be64();
  const ground::Instant issued{in.zigzag()};
  if (!in.done() || state_->clock.now() > issued + watch_kept) return refused();
  return out;
}

uint64_t Partition::changes(const Watch& watch) {
  State& s = *state_;
  const Asking& whom = watch.whom;
  remember::Person* person = nullptr;
  if (watch.by_server || whom.proof)
    person = s.person_of(remember::user_id_kind, whom.user_id).value_or(nullptr);
  if (person == nullptr && (watch.by_server || State::possesses(whom, whom.anonymous_id)))
    person = s.person_of(remember::anonymous_id_kind, whom.anonymous_id).value_or(nullptr);
  return person == nullptr ? 0 : person->state.applied;
}

}  // namespace aizuchi::serve
