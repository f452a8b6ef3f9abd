// What someone is given who had something of theirs erased: a signed list of every place where it
// was, and of every model that may have learned from it, each with what happens there. A new store
// or model of something personal is named here too (hacking.md).
#include "ground/base/json.h"
#include "ground/catalog/population.h"
#include "ground/store/signature.h"
#include "serve/partition/state.h"
#include "understand/recommend/recommenders.h"

namespace aizuchi::serve {

namespace {

struct Line {
  std::string_view name;
  size_t entries = 0;
  std::string_view done;
};

void write_lines(ground::JsonWriter& json, std::string_view kind, std::span<const Line> lines) {
  for (const Line& line : lines)
    json.object()
        .member(kind, line.name)
        .member("entries", uint64_t{line.entries})
        .member("done", line.done)
        .end_object();
}

constexpr std::string_view within_the_hour =
    "sums over several people, no part of it is one person's; made again without them within the "
    "hour";
constexpr std::string_view within_a_day =
    "sums over several people, no part of it is one person's; made again without it within a day";

}  // namespace

// Of whom a model learned is not kept: it counts as touched whenever there is one.
void Partition::State::write_learned(ground::JsonWriter& json, size_t people,
                                     std::string_view when) const {
  const Line models[] = {
      {"deciles and segments", population ? people : 0,
       "cut points of all people together; counted again without them at the next count"},
      {"recommender", recommenders->related ? people : 0, when},
      {"learned choice", learned_choice ? people : 0, when},
      {"usual values", learns_usual() ? people : 0,
       "a mean and a covariance of 20 people or more; learned again without them within a day"},
      {"uses that feel odd", people, "counts of 20 people or more; the next count is without them"},
      {"feeling understood", people, "counts of 20 people or more; the next count is without them"},
      {"concerns", 0, "learned from the brand's examples; nothing is learned of what people write"},
  };
  write_lines(json, "model", models);
}

Partition::Receipt Partition::State::signed_receipt(std::string json) const {
  Receipt out{.json = std::move(json), .jws = {}};
  out.jws = ground::sign_jws(receipt_seed, out.json);
  return out;
}

Partition::Receipt Partition::State::receipt_of(const Gone& gone, std::string_view by,
                                                ground::Instant at) {
  ground::JsonWriter json;
  json.object().member("receipt", ground::to_hex(dice.next_128())).member("format", 1);
  json.member("erasedAt", ground::format_instant(at)).member("by", by);
  json.member("people", uint64_t{gone.people});
  const Line stores[] = {
      {"keyring", gone.people, "the key is gone: nothing sealed with it opens"},
      {"log", gone.records, "a number and a hash are left of each event"},
      {"history", gone.records, "gone"},
      {"state", gone.people, "gone: facts, consents, counts, visits, cart, said, threads"},
      {"identity", gone.identifiers, "gone: no identifier leads anywhere"},
      {"seen", gone.seen, "gone"},
      {"record", gone.people, "decisions cannot be opened; asked again: erased"},
      {"outbox", gone.people, "gone: webhooks are told of the erasure alone"},
      {"meta", gone.people,
       "that somebody was erased is kept, by keyed hashes, so that late events are refused and "
       "backups are erased again; the audit log has that it was done, not of whom"},
      {"backups", gone.people, "they hold no key; one that is restored is erased again"},
      {"files", gone.people, "written anew and searched within a day"},
      {"memory", gone.people, "gone"},
  };
  json.key("stores").array();
  write_lines(json, "store", stores);
  json.end_array().key("models").array();
  const Line models[] = {
      {"audience counts", gone.counted, "the person's bits are cleared"},
      {"visits", recommenders->visits ? gone.people : 0, "gone from what is answered with"},
      {"resonance", gone.people, "gone from memory; made from the state at a decision"},
  };
  write_lines(json, "model", models);
  write_learned(json, gone.people, within_the_hour);
  return signed_receipt(json.end_array().end_object().take());
}

Partition::Receipt Partition::State::receipt_of(const ValuesGone& gone, std::string_view by,
                                                ground::Instant at) {
  ground::JsonWriter json;
  json.object().member("receipt", ground::to_hex(dice.next_128())).member("format", 1);
  json.member("forgottenAt", ground::format_instant(at)).member("by", by);
  json.key("values").array();
  for (const std::string& name : gone.names) json.value(name);
  const size_t any = gone.facts + gone.aggregates + gone.erased + gone.rewritten > 0 ? 1 : 0;
  const Line stores[] = {
      {"log", gone.erased, "a number and a hash are left of each event"},
      {"log", gone.rewritten, "written again without the value; of the old one, a hash"},
      {"state", gone.facts, "gone"},
      {"record", gone.facts + gone.aggregates == 0 ? size_t{0} : 1,
       "what was decided until now cannot be opened, within a day"},
      {"files", gone.erased + gone.rewritten, "written anew and searched within a day"},
  };
  json.end_array().key("stores").array();
  write_lines(json, "store", stores);
  json.end_array().key("models").array();
  const Line models[] = {
      {"counts", gone.aggregates, "made again from the events that are left"},
      {"resonance", any, "made from what is left at the next decision"},
  };
  write_lines(json, "model", models);
  write_learned(json, any, within_a_day);
  return signed_receipt(json.end_array().end_object().take());
}

}  // namespace aizuchi::serve
