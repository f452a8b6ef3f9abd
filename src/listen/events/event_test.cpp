// What clients send, read as events: the Segment specification's own examples, recordings of real
// client libraries, and everything that can be wrong with a body.
#include "listen/events/event.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "ground/base/json.h"
#include "ground/base/time.h"

namespace aizuchi::listen {

using ground::Duration;
using ground::ErrorCode;

namespace {

const Instant received = *ground::parse_instant("2026-04-01T12:00:00Z");

// nullopt, with a message, when the data is not there.
std::optional<Value> recorded(const std::string& name) {
  const auto folder = std::filesystem::path(AIZUCHI_ROOT) / "tests/conformance";
  std::ifstream file(folder / name);
  if (!file) {
    MESSAGE("skipped: tests/conformance/" << name << " is not here");
    return std::nullopt;
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto value = ground::parse_json(text);
  REQUIRE(value.has_value());
  return *std::move(value);
}

EventBatch read(std::string_view body, std::optional<EventType> only = std::nullopt,
                const IngestLimits& limits = {}) {
  auto batch = parse_events(body, only, received, limits);
  REQUIRE(batch.has_value());
  return *std::move(batch);
}

Event one(std::string_view body, std::optional<EventType> only = std::nullopt) {
  EventBatch batch = read(body, only);
  REQUIRE(batch.refused.empty());
  REQUIRE(batch.events.size() == 1);
  return std::move(batch.events.front());
}

std::string refusal(std::string_view body, const IngestLimits& limits = {}) {
  EventBatch batch = read(body, std::nullopt, limits);
  CHECK(batch.events.empty());
  REQUIRE(batch.refused.size() == 1);
  return batch.refused.front().message;
}

// What is kept must give the same event again: recovery reads it.
void check_reads_back(const Event& event) {
  const auto back = read_kept_event(ground::to_json(event.json), event.at, event.received_at);
  REQUIRE(back.has_value());
  CHECK(back->type == event.type);
  CHECK(back->message_id == event.message_id);
  CHECK(back->user_id == event.user_id);
  CHECK(back->anonymous_id == event.anonymous_id);
  CHECK(back->previous_id == event.previous_id);
  CHECK(back->group_id == event.group_id);
  CHECK(back->name == event.name);
  CHECK(back->at == event.at);
  CHECK(back->received_at == event.received_at);
  CHECK(ground::to_json(back->json) == ground::to_json(event.json));
}

EventType endpoint_of(const Value& message) {
  const Value* word = message.find("type");
  if (word == nullptr) word = message.find("action");
  if (word != nullptr) return *parse_event_type(word->as_string());
  if (message.find("traits") != nullptr) return EventType::identify;
  return EventType::track;
}

}  // namespace

TEST_CASE("Every example message of the Segment specification is understood") {
  const auto suite = recorded("segment-spec/examples.json");
  if (!suite) return;
  size_t count = 0;
  for (const Value& example : suite->find("examples")->as_list()) {
    const Value& message = *example.find("message");
    CAPTURE(ground::to_json(message));
    EventBatch batch = *read_events(message, endpoint_of(message), received);
    if (!batch.refused.empty()) {  // an extract that leaves the ids out
      CHECK(batch.refused[0].message.starts_with("userId or anonymousId is missing"));
      ground::ValueMap whole = message.as_map();
      whole.emplace_back("anonymousId", "a-1");
      batch = *read_events(Value::map(whole), endpoint_of(message), received);
    }
    REQUIRE(batch.events.size() == 1);
    const Event& event = batch.events.front();
    CHECK_FALSE(event.message_id.empty());
    CHECK((event.type != EventType::track || !event.name.empty()));
    CHECK(event.at <= received);
    check_reads_back(event);
    ++count;
  }
  CHECK(count == 75);
}

TEST_CASE("What real client libraries send is understood, every event of it") {
  size_t events = 0;
  for (const char* client :
       {"rudder-sdk-node", "segment-analytics-next-browser", "segment-analytics-node"}) {
    const auto recording = recorded("clients/" + std::string(client) + ".json");
    if (!recording) return;
    for (const Value& request : recording->find("requests")->as_list()) {
      const Value* body = request.find("body");
      if (request.find("method")->as_string() != "POST" || body == nullptr) continue;
      CAPTURE(client);
      const auto batch = parse_events(ground::to_json(*body), std::nullopt, received);
      REQUIRE(batch.has_value());
      CHECK(batch->refused.empty());
      for (const Event& event : batch->events) check_reads_back(event);
      events += batch->events.size();
    }
  }
  CHECK(events >= 20);
}

TEST_CASE("A client's clock that is wrong is put right by when it says it sent the event") {
  // The device is two days behind; the event happened ten minutes before it was sent.
  const Event event = one(R"({"type":"track","event":"X","anonymousId":"a",
              "timestamp":"2026-03-30T11:50:00Z","sentAt":"2026-03-30T12:00:00Z"})");
  CHECK(event.at == received - Duration::minutes(10));

  SUBCASE("the original timestamp goes before a timestamp that was put right already") {
    const Event spec = one(R"({"type":"track","event":"X","userId":"u",
        "timestamp":"2026-04-01T11:59:59Z","originalTimestamp":"2026-03-30T11:50:00Z",
        "sentAt":"2026-03-30T12:00:00Z"})");
    CHECK(spec.at == received - Duration::minutes(10));
  }
  SUBCASE("a batch says it once for all, and an event's own word goes before it") {
    const EventBatch batch = read(R"({"sentAt":"2026-03-30T12:00:00Z","batch":[
        {"type":"track","event":"X","userId":"u","timestamp":"2026-03-30T11:00:00Z"},
        {"type":"track","event":"X","userId":"u","timestamp":"2026-03-30T11:00:00Z",
         "sentAt":"2026-03-30T11:30:00Z"}]})");
    REQUIRE(batch.events.size() == 2);
    CHECK(batch.events[0].at == received - Duration::hours(1));
    CHECK(batch.events[1].at == received - Duration::minutes(30));
  }
  SUBCASE("milliseconds are a date too, and nonsense is not") {
    CHECK(one(R"({"type":"track","event":"X","userId":"u","timestamp":1774951200000})").at ==
          Instant{1'774'951'200'000});
    CHECK(one(R"({"type":"track","event":"X","userId":"u","timestamp":"yesterday"})").at ==
          received);
    CHECK(one(R"({"type":"track","event":"X","userId":"u","timestamp":-5})").at == received);
    CHECK(one(R"({"type":"track","event":"X","userId":"u"})").at == received);
  }
}

TEST_CASE("An event of an archive, received before by another, keeps the time it was given then") {
  const auto at = [](const std::string& times) {
    return ground::format_instant(one(R"({"type":"page","userId":"u",)" + times + "}").at);
  };
  CHECK(at(R"("timestamp":"2025-05-01T10:00:00Z","originalTimestamp":"2025-05-01T19:00:00Z",
        "sentAt":"2025-05-01T19:00:01Z","receivedAt":"2025-05-01T10:00:01Z")") ==
        "2025-05-01T10:00:00.000Z");
  CHECK(at(R"("sentAt":"2025-05-01T19:00:01Z","receivedAt":"2025-05-01T10:00:01Z")") ==
        "2025-05-01T10:00:01.000Z");
  // What says that it is received in the future is not from an archive: its clock is just wrong.
  CHECK(at(R"("timestamp":"2025-05-01T10:00:00Z","sentAt":"2025-05-01T10:00:00Z",
        "receivedAt":"2099-01-01T00:00:00Z")") == ground::format_instant(received));
}

TEST_CASE("No event comes from the future") {
  CHECK(one(R"({"type":"track","event":"X","userId":"u","timestamp":"2030-01-01T00:00:00Z"})").at ==
        received);
  CHECK(one(R"({"type":"track","event":"X","userId":"u","timestamp":"2026-04-02T00:00:00Z",
                "sentAt":"2026-04-01T00:00:00Z"})")
            .at == received);
}

TEST_CASE("A batch's context stands for every event, and the event's own goes before it") {
  const EventBatch batch = read(R"({"context":{"locale":"ja-JP","app":{"name":"shop"}},
      "integrations":{"All":true},"writeKey":"pk_1","batch":[
      {"type":"page","anonymousId":"a"},
      {"type":"page","anonymousId":"a","context":{"locale":"en-GB"}},
      {"type":"page","anonymousId":"a","context":null}]})");
  REQUIRE(batch.events.size() == 3);
  CHECK(batch.write_key == "pk_1");
  CHECK(batch.events[0].context_at({"locale"})->as_string() == "ja-JP");
  CHECK(batch.events[1].context_at({"locale"})->as_string() == "en-GB");
  CHECK(batch.events[1].context_at({"app", "name"})->as_string() == "shop");
  CHECK(batch.events[2].context_at({"locale"})->as_string() == "ja-JP");
  CHECK(batch.events[0].json.find("integrations") != nullptr);
  CHECK(batch.events[0].context_at({"no", "such", "path"}) == nullptr);
  for (const Event& event : batch.events) check_reads_back(event);
}

TEST_CASE("A body that says a key twice is refused: which of the two was meant?") {
  const auto twice = parse_events(
      R"({"type":"track","event":"X","userId":"u","properties":{"a":1,"a":2}})", {}, received);
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().code == ErrorCode::invalid);
}

TEST_CASE("A body that is no event and no batch is refused as a whole") {
  for (const char* body :
       {"", "{", "3", "\"text\"", "null", "true", R"({"batch":{}})", R"({"batch":"x"})"}) {
    CAPTURE(body);
    const auto batch = parse_events(body, EventType::track, received);
    REQUIRE_FALSE(batch.has_value());
    CHECK(batch.error().code == ErrorCode::invalid);
  }
}

TEST_CASE("One wrong event does not take the others with it, and its place is named") {
  const EventBatch batch = read(R"({"batch":[
      {"type":"track","event":"X","userId":"u"},
      {"type":"track","userId":"u"},
      7,
      {"type":"page","anonymousId":"a"}]})");
  CHECK(batch.events.size() == 2);
  REQUIRE(batch.refused.size() == 2);
  CHECK(batch.refused[0].index == 1);
  CHECK(batch.refused[1].index == 2);
}

TEST_CASE("A refusal says what was expected, and never repeats what was sent") {
  CHECK(refusal(R"({"event":"X","userId":"secret"})").starts_with("type is missing"));
  CHECK(refusal(R"({"type":"buy","userId":"secret"})").starts_with("type: expected track"));
  CHECK(refusal(R"({"type":5,"userId":"secret"})").starts_with("type: expected track"));
  CHECK(refusal(R"({"type":"track","event":"X"})").starts_with("userId or anonymousId"));
  CHECK(
      refusal(R"({"type":"track","event":"X","userId":""})").starts_with("userId or anonymousId"));
  CHECK(refusal(R"({"type":"track","userId":"secret"})").starts_with("event is missing"));
  for (const char* body : {R"({"type":"secret","userId":"secret"})",
                           R"({"type":"track","event":{"secret":1},"userId":"secret"})"})
    CHECK(refusal(body).find("secret") == std::string::npos);
}

TEST_CASE("What is too long or too large is refused, each limit by its name") {
  const std::string long_id(513, 'x');
  for (const char* key : {"userId", "anonymousId", "previousId", "groupId", "messageId"}) {
    CAPTURE(key);
    const std::string body = R"({"type":"identify","userId":"u","anonymousId":"a",")" +
                             std::string(key) + "\":\"" + long_id + "\"}";
    // The key stands twice for the two ids that are there already.
    const std::string whole = key == std::string_view("userId")
                                  ? R"({"type":"identify","userId":")" + long_id + "\"}"
                              : key == std::string_view("anonymousId")
                                  ? R"({"type":"identify","anonymousId":")" + long_id + "\"}"
                                  : body;
    CHECK(refusal(whole) == "an id is longer than 512 bytes");
  }
  CHECK(refusal(R"({"type":"track","userId":"u","event":")" + long_id + "\"}") ==
        "event is longer than 512 bytes");
  const std::string wide = R"({"type":"track","userId":"u","event":"X","properties":{"t":")" +
                           std::string(70'000, 'x') + "\"}}";
  CHECK(refusal(wide) == "an event is larger than 65536 bytes");
  std::string many = R"({"type":"track","userId":"u","event":"X","properties":{"t":[0)";
  for (int i = 0; i < 20'000; ++i) many += ",0";
  CHECK(refusal(many + "]}}") == "an event is larger than 65536 bytes");

  const auto batch = parse_events(R"({"batch":[1,2,3]})", {}, received, {.batch_events_max = 2});
  REQUIRE_FALSE(batch.has_value());
  CHECK(batch.error().code == ErrorCode::too_large);
  const std::string deep = R"({"type":"page","userId":"u","properties":)" + std::string(40, '[') +
                           std::string(40, ']') + "}";
  CHECK_FALSE(parse_events(deep, {}, received).has_value());
}

TEST_CASE("An endpoint's name stands for the type, and what is kept says it") {
  const Event event = one(R"({"event":"Product Viewed","anonymousId":"a"})", EventType::track);
  CHECK(event.json.find("type")->as_string() == "track");
  check_reads_back(event);
  // A body that says its type itself is believed.
  CHECK(one(R"({"type":"page","anonymousId":"a"})", EventType::track).type == EventType::page);
  for (const char* odd :
       {R"({"type":null,"event":"X","userId":"u"})", R"({"type":"t","event":"X","userId":"u"})",
        R"({"action":"track","event":"X","user_id":"u"})"}) {
    CAPTURE(odd);
    const Event read_as = one(odd, EventType::track);
    CHECK(read_as.type == EventType::track);
    CHECK(read_as.user_id == "u");
    check_reads_back(read_as);
  }
}

TEST_CASE("An event without an id is known by its content, also when it is sent again") {
  const Event first = one(R"({"type":"track","event":"X","userId":"u","sentAt":"2026-04-01"})");
  const Event again = one(R"({"type":"track","event":"X","userId":"u","sentAt":"2026-04-02"})");
  const Event other = one(R"({"type":"track","event":"Y","userId":"u"})");
  CHECK(first.message_id.starts_with("content-"));
  CHECK(first.message_id == again.message_id);
  CHECK(first.message_id != other.message_id);
  check_reads_back(first);
  for (const char* empty : {R"({"type":"track","event":"X","userId":"u","messageId":""})",
                            R"({"type":"track","event":"X","userId":"u","messageId":null})",
                            R"({"type":"track","event":"X","userId":"u","messageId":{"a":1}})"})
    check_reads_back(one(empty));
}

TEST_CASE("Numbers are ids too: some clients send them so") {
  const Event event = one(R"({"type":"identify","userId":97980,"messageId":12,"traits":{}})");
  CHECK(event.user_id == "97980");
  CHECK(event.message_id == "12");
  check_reads_back(event);
}

TEST_CASE("A page and a screen are both a page that was viewed") {
  CHECK(one(R"({"type":"page","name":"Home","userId":"u"})").name == "Page Viewed");
  CHECK(one(R"({"type":"screen","name":"Home","userId":"u"})").name == "Page Viewed");
  CHECK(one(R"({"type":"identify","userId":"u"})").name.empty());
}

TEST_CASE("Details are the properties of what happened and the traits of who it is") {
  CHECK(one(R"({"type":"track","event":"X","userId":"u","properties":{"a":1},"traits":{"b":2}})")
            .details()
            .find("a") != nullptr);
  CHECK(one(R"({"type":"identify","userId":"u","properties":{"a":1},"traits":{"b":2}})")
            .details()
            .find("b") != nullptr);
  CHECK(one(R"({"type":"track","event":"X","userId":"u","properties":[1]})").details().is_null());
}

}  // namespace aizuchi::listen
