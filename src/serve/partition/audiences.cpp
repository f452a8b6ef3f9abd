// Audiences as operators ask about them: lists, compound counts, members. What is shown is never of
// fewer than 20 people.
#include <fmt/format.h>

#include <algorithm>

#include "ground/base/text.h"
#include "respect/admission/counted.h"
#include "serve/partition/state.h"
#include "understand/audience/compound.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::Value;
using understand::Compound;

namespace {

// Looked at before an answer, so that what has just happened is in it: 10 ms at most.
constexpr size_t settle_max = 1000;

AudienceState state_of(const ground::Snapshot& snapshot, const Census& census, size_t column) {
  if (!snapshot.counting) return AudienceState::no_purpose;
  if (snapshot.audiences[column].of_the_question) return AudienceState::of_the_question;
  return census.members().columns()[column].filled ? AudienceState::live : AudienceState::filling;
}

Result<void> is_live(const ground::Snapshot& snapshot, const Census& census, size_t column) {
  const std::string& name = snapshot.audiences[column].name;
  switch (state_of(snapshot, census, column)) {
    case AudienceState::live:
      return {};
    case AudienceState::filling:
      return fail(ErrorCode::unavailable,
                  fmt::format("audience '{}' is new and still being filled ({:.0f} %)", name,
                              census.progress() * 100),
                  "ask again in a moment");
    case AudienceState::of_the_question:
      return fail(ErrorCode::invalid, fmt::format("audience '{}' asks about the question", name),
                  "a rule with context.… has members only while somebody asks");
    case AudienceState::no_purpose:
      return fail(ErrorCode::forbidden,
                  "the folder has no purpose 'improve': nobody may be counted",
                  "add it to purposes.yaml and to what it may use, and publish");
  }
  return {};
}

Result<size_t> column_of(const ground::Snapshot& snapshot, const std::string& name) {
  const auto it = std::ranges::find(snapshot.audiences, name, &ground::Audience::name);
  if (it != snapshot.audiences.end()) return static_cast<size_t>(it - snapshot.audiences.begin());
  std::vector<std::string> names;
  for (const ground::Audience& audience : snapshot.audiences) names.push_back(audience.name);
  const std::string meant = ground::nearest(name, names);
  return fail(ErrorCode::not_found, fmt::format("there is no audience '{}'", name),
              meant.empty() ? "they are those of audiences.yaml" : "did you mean '" + meant + "'?");
}

// One expression being read: how large it is, and which audiences it names.
struct Reading {
  const ground::Snapshot& snapshot;
  const Census& census;
  size_t nodes = 0;
  std::vector<size_t> columns;

  Result<Compound> read(const Value& value, size_t depth);
  Result<Compound> name(const std::string& text);
};

Result<Compound> wrong(std::string_view what) {
  return fail(
      ErrorCode::invalid, std::string(what),
      R"(expected a name, {"all": […]}, {"any": […]}, {"not": …} or {"minus": [of, less]})");
}

Result<Compound> Reading::name(const std::string& text) {
  const size_t column = TRY(column_of(snapshot, text));
  TRY(is_live(snapshot, census, column));
  if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
  if (columns.size() > Compound::audiences_max)
    return wrong(fmt::format("more than {} audiences in one count", Compound::audiences_max));
  return Compound{.column = column};
}

Result<Compound> Reading::read(const Value& value, size_t depth) {
  if (++nodes > Compound::nodes_max || depth > 16) return wrong("the expression is too large");
  if (value.is(Value::Kind::string)) return name(value.as_string());
  if (!value.is(Value::Kind::map) || value.as_map().size() != 1)
    return wrong("this is not an expression over audiences");
  const auto& [key, of] = value.as_map().front();
  Compound out;
  if (key.as_string() == "not") {
    out.op = Compound::Op::none_of;
    out.parts.push_back(TRY(read(of, depth + 1)));
    return out;
  }
  if (key.as_string() == "all")
    out.op = Compound::Op::all;
  else if (key.as_string() == "any")
    out.op = Compound::Op::any;
  else if (key.as_string() == "minus")
    out.op = Compound::Op::minus;
  else
    return wrong(fmt::format("'{}' is not all, any, not or minus", key.as_string()));
  if (!of.is(Value::Kind::list) || of.as_list().empty())
    return wrong(fmt::format("'{}' does not hold a list", key.as_string()));
  for (const Value& part : of.as_list()) out.parts.push_back(TRY(read(part, depth + 1)));
  return out;
}

AudienceMember member_of(const remember::PersonState& person) {
  AudienceMember out{.id = ground::to_hex(person.id.raw)};
  for (const remember::Identifier& identifier : person.identifiers) {
    if (identifier.kind == remember::user_id_kind) out.user_id = identifier.value;
    if (identifier.kind == remember::anonymous_id_kind)
      out.anonymous_ids.push_back(identifier.value);
  }
  return out;
}

}  // namespace

std::string_view to_string(AudienceState state) {
  switch (state) {
    case AudienceState::live:
      return "live";
    case AudienceState::filling:
      return "filling";
    case AudienceState::of_the_question:
      return "of_the_question";
    case AudienceState::no_purpose:
      return "no_purpose";
  }
  return "live";
}

AudienceList Partition::audiences() {
  State& s = *state_;
  AudienceList out{.as_of = s.clock.now()};
  if (!s.snapshot) return out;
  s.census.settle(settle_max);
  out.settling = s.census.members().pending();
  out.progress = s.census.progress();
  for (size_t i = 0; i < s.snapshot->audiences.size(); ++i) {
    const ground::Audience& audience = s.snapshot->audiences[i];
    AudienceEntry entry{audience.name, audience.title, audience.rule_text, {}};
    entry.count = {
        .state = state_of(*s.snapshot, s.census, i), .as_of = out.as_of, .settling = out.settling};
    if (entry.count.state == AudienceState::live) {
      const auto counted = understand::count(s.census.members(), Compound{.column = i});
      if (counted.may_be_shown()) entry.count.people = counted.people;
    }
    out.audiences.push_back(std::move(entry));
  }
  return out;
}

Result<AudienceCount> Partition::count_audiences(const Value& expression) {
  State& s = *state_;
  if (!s.snapshot) return fail(ErrorCode::unavailable, "no brand folder is published yet");
  Reading reading{*s.snapshot, s.census, 0, {}};
  const Compound compound = TRY(reading.read(expression, 0));
  s.census.settle(settle_max);
  AudienceCount out{.as_of = s.clock.now(), .settling = s.census.members().pending()};
  const auto counted = understand::count(s.census.members(), compound);
  if (counted.may_be_shown()) out.people = counted.people;
  return out;
}

Result<AudienceMembers> Partition::members(const std::string& audience, const std::string& purpose,
                                           uint32_t from, size_t members_max) {
  State& s = *state_;
  if (!s.snapshot) return fail(ErrorCode::unavailable, "no brand folder is published yet");
  const size_t column = TRY(column_of(*s.snapshot, audience));
  TRY(is_live(*s.snapshot, s.census, column));
  const ground::Purpose* wanted = s.snapshot->purpose(purpose);
  if (wanted == nullptr)
    return fail(ErrorCode::invalid, fmt::format("there is no purpose '{}'", purpose),
                "name what the export is for: one of purposes.yaml");
  s.census.settle(settle_max);
  const understand::Members& all = s.census.members();
  if (!understand::count(all, Compound{.column = column}).may_be_shown())
    return fail(
        ErrorCode::forbidden,
        fmt::format("audience '{}' has fewer than {} members", audience, understand::shown_min),
        "so few people are not exported");
  AudienceMembers out{.next = from};
  for (; out.next < all.places() && members_max > 0; ++out.next) {
    if (!all.in(column, out.next)) continue;
    --members_max;
    const remember::Person* person = TRY(s.ledger.find(all.person(out.next)));
    if (person != nullptr &&
        respect::Counted::open_for(*wanted, respect::Handle(&person->state, s), s.clock.now()))
      out.members.push_back(member_of(person->state));
  }
  out.more = out.next < all.places();
  return out;
}

Partition::CountingStats Partition::counting_stats() const {
  const Census& census = state_->census;
  CountingStats out{.settling = census.members().pending(), .looks = census.looks()};
  for (const understand::Column& column : census.members().columns()) {
    ++out.audiences;
    out.filling += column.filled ? 0 : 1;
  }
  return out;
}

}  // namespace aizuchi::serve
