// Stories: events in, decision and explanation out, as text a marketer can read and write. Each
// *.story file beside this one is a test of its own; tests/stories/README.md says the words.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/partition/answer_json.h"
#include "serve/partition/partition.h"
#include "serve/partition/questions.h"

using namespace aizuchi;
using ground::Value;

namespace {

// The word at the front of a line, and what follows it.
std::pair<std::string, std::string> head(const std::string& line) {
  const size_t space = line.find(' ');
  if (space == std::string::npos) return {line, ""};
  return {line.substr(0, space), std::string(ground::trim(line.substr(space)))};
}

class Story {
 public:
  void run(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      const std::string text(ground::trim(line));
      if (text.empty() || text.starts_with('#')) continue;
      const std::string where = fmt::format("{}:{}: {}", path.filename().string(), number, text);
      CAPTURE(where);
      step(text);
    }
  }

 private:
  void step(const std::string& text) {
    const auto [word, rest] = head(text);
    if (word == "title") return;
    if (word == "brand") return open(rest);
    if (word == "clock") return clock_.set(instant(rest));
    if (word == "after") return clock_.advance(*ground::parse_duration(rest));
    if (word == "who") return who(rest);
    if (word == "grant" || word == "withdraw") return consent(rest, word == "grant");
    if (word == "event") return event(rest);
    if (word == "ask") return ask(rest);
    if (word == "is-asked") return expect_asked(rest);
    if (word == "is-not-asked") return expect_not_asked(rest);
    if (word == "answers") return reply(rest);
    if (word == "says") return expect_says(rest);
    if (word == "chooses") return expect_chosen(rest);
    if (word == "order") return expect_order(rest);
    if (word == "layer") return expect_layer(rest);
    if (word == "reason") return expect_reason(rest);
    if (word == "why") return expect_why(rest);
    if (word == "holds-back") return expect_held_back(rest);
    if (word == "never-says") return expect_never(rest);
    if (word == "replays") return expect_replay();
    FAIL("unknown word: " << word);
  }

  static ground::Instant instant(const std::string& text) {
    const auto t = ground::parse_instant(text);
    REQUIRE_MESSAGE(t.has_value(), "not a time: " << text);
    return *t;
  }

  void open(const std::string& directory) {
    partition_ = *serve::Partition::open({.clock = &clock_, .dice = &dice_});
    const auto files = ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/" + directory);
    REQUIRE(files.has_value());
    const auto published = partition_->publish(*files);
    REQUIRE(published.has_value());
    for (const auto& finding : published->findings)
      if (finding.severity == ground::Severity::error) FAIL_CHECK(ground::format_finding(finding));
    REQUIRE(published->changed);
  }

  // who device a1 | who user u1
  void who(const std::string& rest) {
    const auto [kind, id] = head(rest);
    if (kind == "user")
      user_ = id;
    else if (kind == "device")
      device_ = id, user_.clear();
    else
      FAIL("who: expected device or user");
  }

  // Everyone who asks as a user is known to the brand's server; a device has a public key.
  serve::Key key(const std::string& source) const {
    return {.id = source + (user_.empty() ? "-pk" : "-sk"),
            .secret = !user_.empty(),
            .source = source,
            .scopes = {serve::Scope::ingest, serve::Scope::decide, serve::Scope::people}};
  }

  void send(const std::string& source, ground::ValueMap members) {
    members.emplace_back(Value("messageId"), Value(fmt::format("m{}", ++messages_)));
    if (!user_.empty())
      members.emplace_back(Value("userId"), Value(user_));
    else
      members.emplace_back(Value("anonymousId"), Value(device_));
    auto batch = listen::read_events(Value::map(std::move(members)), std::nullopt, clock_.now());
    REQUIRE(batch.has_value());
    REQUIRE(batch->refused.empty());
    const auto outcome = partition_->ingest_and_wait(*std::move(batch), key(source));
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message);
  }

  // grant layout recommend
  void consent(const std::string& purposes, bool granted) {
    ground::ValueMap answers;
    for (const std::string_view purpose : ground::split(purposes, ' '))
      answers.emplace_back(Value(purpose), Value(granted));
    send(
        partition_->snapshot()->sources.front().name,
        {{Value("type"), Value("track")},
         {Value("event"), Value("Consent Updated")},
         {Value("properties"), Value::map({{Value("purposes"), Value::map(std::move(answers))}})}});
  }

  // event web {"type":"track",…}
  void event(const std::string& rest) {
    const auto [source, json] = head(rest);
    const auto value = ground::parse_json(json);
    REQUIRE_MESSAGE(value.has_value(), json);
    send(source, value->as_map());
  }

  // ask home.hero home.cta in en {"page":"/"}
  void ask(const std::string& rest) {
    serve::Ask ask{.person = {.anonymous_id = user_.empty() ? device_ : "", .user_id = user_},
                   .explain = serve::Explain::person};
    ground::ValueMap context;
    const size_t brace = rest.find('{');
    if (brace != std::string::npos) {
      const auto extra = ground::parse_json(rest.substr(brace));
      REQUIRE(extra.has_value());
      context = extra->as_map();
    }
    const std::string slots_and_locale(ground::trim(std::string_view(rest).substr(0, brace)));
    const auto words = ground::split(slots_and_locale, ' ');
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "in" && i + 1 < words.size())
        context.emplace_back(Value("locale"), Value(words[++i]));
      else
        ask.slots.emplace_back(words[i]);
    }
    ask.context = Value::map(std::move(context));
    answer_.emplace(partition_->decide(ask, key(partition_->snapshot()->sources.front().name)));
    REQUIRE_MESSAGE(answer_->unknown_slots.empty(), answer_->unknown_slots.front());
  }

  serve::Asking asker() const {
    return {.anonymous_id = user_.empty() ? device_ : "", .user_id = user_};
  }
  // The next question, as its person sees it.
  Value question() {
    const auto json = serve::Dialogue(*partition_)
                          .question_json(asker(), key(partition_->snapshot()->sources.front().name),
                                         {}, ground::LocaleId{0});
    REQUIRE_MESSAGE(json.has_value(), json.error().message);
    return *ground::parse_json(*json);
  }
  static std::string text_at(const Value& object, std::string_view name) {
    const Value* found = object.find(name);
    return found == nullptr ? "" : ground::to_display(*found);
  }
  void expect_asked(const std::string& words) {
    const Value asked = question();
    const std::string all = ground::to_json(asked);
    CHECK_MESSAGE(all.find(words) != std::string::npos, all);
  }
  void expect_not_asked(const std::string& reason) {
    const Value asked = question();
    CHECK(asked.find("question")->is_null());
    CHECK(text_at(asked, "reason") == reason);
  }
  // answers quiet over makers …: the first of these names that is among the options is the dearest
  void reply(const std::string& names) {
    const Value asked = question();
    const Value* asked_for = asked.find("question");
    REQUIRE_MESSAGE(!asked_for->is_null(), ground::to_json(asked));
    serve::Dialogue::Reply reply{.ask = text_at(*asked_for, "ask"), .pass = names == "nothing"};
    for (const std::string_view name : ground::split(names, ' '))
      for (const Value& option : asked_for->find("options")->as_list())
        if (reply.best.empty() && !reply.pass && text_at(option, "id") == name) reply.best = name;
    const auto taken =
        serve::Dialogue(*partition_)
            .answer_and_wait(asker(), reply, key(partition_->snapshot()->sources.front().name));
    REQUIRE_MESSAGE(taken.has_value(), taken.error().message);
  }

  const decide::SlotDraft& slot(const std::string& name) const {
    REQUIRE(answer_.has_value());
    for (const auto& draft : answer_->draft.slots)
      if (draft.slot->name == name) return draft;
    FAIL("not asked: " << name);
    return answer_->draft.slots.front();
  }

  std::string name_of(const decide::Pick& pick) const {
    return pick.product.valid() ? answer_->snapshot->products[pick.product.index].name_id
                                : answer_->snapshot->items[pick.item.index].name;
  }

  static std::string all_words(const decide::SlotDraft& draft) {
    std::string out;
    for (const auto& pick : draft.picks)
      for (const auto& [field, text] : pick.content) out += text + "\n";
    return out;
  }

  void expect_says(const std::string& rest) {
    const auto [name, words] = head(rest);
    CHECK_MESSAGE(all_words(slot(name)).find(words) != std::string::npos, all_words(slot(name)));
  }
  void expect_never(const std::string& words) {
    for (const auto& draft : answer_->draft.slots)
      CHECK_MESSAGE(all_words(draft).find(words) == std::string::npos, all_words(draft));
  }
  void expect_chosen(const std::string& rest) {
    const auto [name, item] = head(rest);
    const auto& picks = slot(name).picks;
    CHECK((picks.empty() ? "(nothing)" : name_of(picks.front())) == item);
  }
  void expect_order(const std::string& rest) {
    const auto [name, wanted] = head(rest);
    std::string got;
    for (const auto& pick : slot(name).picks) got += (got.empty() ? "" : " ") + name_of(pick);
    CHECK(got == wanted);
  }
  void expect_layer(const std::string& rest) {
    const auto [name, layer] = head(rest);
    CHECK(ground::to_string(slot(name).layer) == layer);
  }
  void expect_reason(const std::string& rest) {
    const auto [name, reason] = head(rest);
    CHECK(decide::to_string(slot(name).reason) == reason);
  }
  void expect_why(const std::string& rest) {
    const auto [name, words] = head(rest);
    std::string all;
    for (const auto& pick : slot(name).picks)
      for (const auto& sentence : pick.why) all += sentence.text + "\n";
    CHECK_MESSAGE(all.find(words) != std::string::npos, all);
  }
  // holds-back home.hero facts.age_band by_norm
  void expect_held_back(const std::string& rest) {
    const auto [name, more] = head(rest);
    const auto [read, why] = head(more);
    std::string all;
    for (const auto& withheld : slot(name).admission->withheld())
      all += answer_->snapshot->reads[withheld.read].name + " " +
             std::string(respect::to_string(withheld.why)) + "\n";
    CHECK_MESSAGE(all.find(read + (why.empty() ? "" : " " + why)) != std::string::npos, all);
  }
  void expect_replay() {
    const auto explained =
        partition_->explain(answer_->id, {.anonymous_id = device_, .user_id = user_},
                            key(partition_->snapshot()->sources.front().name));
    REQUIRE(explained.has_value());
    for (const std::string& difference : explained->differences) CHECK(difference == "");
  }

  ground::ManualClock clock_{*ground::parse_instant("2026-06-01T10:00:00Z")};
  ground::SeededDice dice_{1};
  std::unique_ptr<serve::Partition> partition_;
  std::string device_ = "device", user_;
  int messages_ = 0;
  std::optional<serve::Answer> answer_;
};

}  // namespace

TEST_CASE("Every story is told as it was written") {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(AIZUCHI_ROOT) + "/tests/stories"))
    if (entry.path().extension() == ".story") paths.push_back(entry.path());
  std::ranges::sort(paths);
  REQUIRE(paths.size() >= 8);
  for (const auto& path : paths) {
    SUBCASE(path.stem().c_str()) {
      Story().run(path);
    }
  }
}
