// For tests of what is asked openly: the sample shop, someone's device, and its answers.
#pragma once

#include <algorithm>
#include <thread>

#include "ground/base/json.h"
#include "serve/partition/partition_probe.h"
#include "serve/partition/questions.h"

namespace aizuchi::serve {

// The sample shop: it asks what matters to people, for the purpose `values`.
struct Questions : World {
  explicit Questions(const std::string& directory = "") : World(directory) {
    if (partition->snapshot() != nullptr) return;
    const auto files = ground::read_brand_folder(std::string(AIZUCHI_ROOT) + "/demo/tsumugi");
    REQUIRE(files.has_value());
    publish(*files);
  }
  Dialogue dialogue() { return Dialogue(*partition); }
  Key page() const {
    return {.id = "page", .source = "web", .scopes = {Scope::ingest, Scope::decide}};
  }
  static Asking device(const std::string& id) { return {.anonymous_id = id}; }
  void allow(const std::string& id, const std::vector<std::string>& purposes, bool granted = true) {
    std::vector<Partition::ConsentChange> changes;
    changes.reserve(purposes.size());
    for (const std::string& purpose : purposes) changes.push_back({purpose, granted});
    bool done = false;
    partition->set_purposes(device(id), changes, page(), [&](const auto& outcome) {
      REQUIRE(outcome.has_value());
      done = true;
    });
    for (int i = 0; i < 1000 && !done; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      partition->tick();
    }
    REQUIRE(done);
    clock.advance(ground::Duration::minutes(1));
  }
  ground::Value question(const std::string& id, const std::string& name = "") {
    return question(id, Dialogue::Wanted{.name = name});
  }
  ground::Value question(const std::string& id, const Dialogue::Wanted& wanted) {
    const auto json = dialogue().question_json(device(id), page(), wanted, ground::LocaleId{1});
    REQUIRE_MESSAGE(json.has_value(), json.error().message);
    return *ground::parse_json(*json);
  }
  static std::string at(const ground::Value& object, std::string_view name) {
    const ground::Value* found = object.find(name);
    return found == nullptr ? "" : ground::to_display(*found);
  }
  std::string ask_of(const std::string& id) {
    const ground::Value asked = question(id);
    REQUIRE_MESSAGE(!asked.find("question")->is_null(), ground::to_json(asked));
    return at(*asked.find("question"), "ask");
  }
  std::vector<std::string> options(const ground::Value& asked) {
    std::vector<std::string> out;
    for (const ground::Value& option : asked.find("question")->find("options")->as_list())
      out.push_back(at(option, "id"));
    return out;
  }
  ground::Result<std::string> reply(const std::string& id, Dialogue::Reply reply) {
    auto taken = dialogue().answer_and_wait(device(id), reply, page());
    clock.advance(ground::Duration::minutes(1));
    return taken;
  }
  // The first of these that is among the options is the dearest.
  void answer(const std::string& id, const std::vector<std::string>& names) {
    const ground::Value asked = question(id);
    REQUIRE_MESSAGE(!asked.find("question")->is_null(), ground::to_json(asked));
    Dialogue::Reply given{.ask = at(*asked.find("question"), "ask")};
    const auto shown = options(asked);
    for (const std::string& name : names)
      if (given.best.empty() && std::ranges::find(shown, name) != shown.end()) given.best = name;
    const auto taken = reply(id, given);
    REQUIRE_MESSAGE(taken.has_value(), taken.error().message);
  }
  std::string hero(const std::string& id) {
    const Answer answer = ask(page(), device(id), {"home.hero"});
    return answer.snapshot->items[answer.draft.slots.at(0).picks.at(0).item.index].name;
  }
  std::string chosen(const std::string& id) {
    const auto json = partition->person_json(device(id));
    REQUIRE(json.has_value());
    const ground::Value person = *ground::parse_json(*json);
    for (const ground::Value& fact : person.find("facts")->as_list())
      if (at(fact, "fact") == "values") return ground::to_json(*fact.find("value"));
    return "";
  }
};

}  // namespace aizuchi::serve
