// The sample keeps what docs/demo.md promises, in both languages.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/demo/demo_print.h"
#include "serve/demo/demo_routes.h"
#include "serve/demo/demo_stage.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using ground::Value;

namespace {

// Set up once: no test but one asks live, and that one has its own.
DemoStage& stage() {
  static const auto opened = DemoStage::open(demo_files());
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  return **opened;
}

DemoTold tell(std::string_view scene, std::string_view locale) {
  auto told = stage().tell(scene, locale);
  REQUIRE_MESSAGE(told.has_value(), told.error().message);
  return *std::move(told);
}

const decide::SlotDraft& slot(const DemoTold& told, std::string_view name) {
  for (const decide::SlotDraft& draft : told.answer.draft.slots)
    if (draft.slot->name == name) return draft;
  FAIL("the scene does not ask for " << name);
  return told.answer.draft.slots.front();
}

std::string field(const decide::Pick& pick, std::string_view name) {
  for (const auto& [field, text] : pick.content)
    if (field == name) return text;
  return "";
}

std::string says(const DemoTold& told, std::string_view name, std::string_view what = "title") {
  const decide::SlotDraft& draft = slot(told, name);
  return draft.picks.empty() ? "" : field(draft.picks.front(), what);
}

std::vector<std::string> ids(const DemoTold& told, std::string_view name) {
  std::vector<std::string> out;
  const ground::Snapshot& brand = *told.answer.snapshot;
  for (const decide::Pick& pick : slot(told, name).picks)
    out.push_back(pick.product.valid() ? brand.products[pick.product.index].name_id
                                       : brand.items[pick.item.index].name);
  return out;
}

bool held_back(const DemoTold& told, std::string_view what, std::string_view in_slot) {
  return std::ranges::any_of(told.held_back,
                             [&](const auto& h) { return h.what == what && h.slot == in_slot; });
}

// Everything that is said to the person, not the reasons and not the ordinary side.
std::string all_words(const DemoTold& told) {
  std::string out;
  for (const decide::SlotDraft& draft : told.answer.draft.slots)
    for (const decide::Pick& pick : draft.picks)
      for (const auto& [name, text] : pick.content)
        if (name != "href" && name != "url" && name != "image") out += text + "\n";
  return out;
}

struct Heard {
  int status = 0;
  std::string body, headers;
};
class Ear final : public ResponseSink {
 public:
  explicit Ear(Heard& heard) : heard_(heard) {}
  void answer(Self, Response response) override {
    heard_ = {.status = response.status, .body = response.body, .headers = ""};
    for (const auto& [name, value] : response.headers) heard_.headers += name + ": " + value + "\n";
    heard_.headers += "Content-Type: " + response.content_type + "\n";
  }
  void dropped(Self) override { heard_.status = 500; }
  void stream(Self, Response) override {}
  bool write(Self, std::string) override { return false; }
  void end(Self) override {}

 private:
  Heard& heard_;
};

Heard ask(std::string_view method, std::string_view target, std::string body = "") {
  Heard heard;
  DemoRoutes routes(stage());
  const size_t mark = target.find('?');
  const size_t size = body.size();
  body.resize(size + body_padding_bytes);
  Request request{.method = method,
                  .target = target,
                  .path = target.substr(0, mark),
                  .query = mark == std::string_view::npos ? "" : target.substr(mark + 1),
                  .body = std::string_view(body).substr(0, size)};
  routes.handle(request, Responder(std::make_shared<Ear>(heard)));
  return heard;
}

Value parsed(const std::string& json) {
  auto value = ground::parse_json(json);
  REQUIRE_MESSAGE(value.has_value(), json);
  return *std::move(value);
}

}  // namespace

TEST_CASE("A scene says how long ago something was") {
  CHECK(parse_before("-3d4h")->ms == (3 * 24 + 4) * 3'600'000);
  CHECK(parse_before("-1m20s")->ms == 80'000);
  for (const std::string_view wrong : {"3d", "-3", "-", "", "-0s", "-3d-4h", "-d", "-3x"})
    CHECK_FALSE_MESSAGE(parse_before(wrong).has_value(), wrong);
}

TEST_CASE("A scene that cannot be played is refused by name") {
  CHECK_FALSE(parse_scene("{").has_value());
  CHECK_FALSE(parse_scene(R"({"id":"x","person":{"anonymousId":"a"}})").has_value());
  CHECK_FALSE(parse_scene(R"({"id":"x","clock":"2026-05-21T22:40:00Z"})").has_value());
  const std::string head =
      R"({"id":"x","clock":"2026-05-21T22:40:00Z","person":{"anonymousId":"a"},)";
  CHECK(parse_scene(head + R"("slots":["home.hero"]})").has_value());
  CHECK_FALSE(parse_scene(head + R"("events":[{"source":"web","at":"soon"}]})").has_value());
  CHECK_FALSE(
      parse_scene(head + R"("events":[{"source":"web","at":"-1m"},{"source":"web","at":"-2m"}]})")
          .has_value());
  DemoFiles files = demo_files();
  files.scenes = {
      {"bad.json", head + R"("events":[{"source":"nowhere","at":"-1m","type":"page"}]})"}};
  const auto opened = DemoStage::open(files);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().message.starts_with("bad.json: "));
}

TEST_CASE("[P9] Every slot of every scene is answered, in both languages, with no empty field") {
  for (const DemoScene* scene : stage().scenes()) {
    for (const std::string_view locale : {"ja", "en"}) {
      CAPTURE(scene->id);
      CAPTURE(locale);
      CHECK_FALSE(scene->text("title", locale).empty());
      CHECK_FALSE(scene->text("about", locale).empty());
      const DemoTold told = tell(scene->id, locale);
      CHECK(told.locale == locale);
      CHECK(told.answer.unknown_slots.empty());
      REQUIRE(told.answer.draft.slots.size() == scene->slots.size());
      for (const decide::SlotDraft& draft : told.answer.draft.slots) {
        CAPTURE(draft.slot->name);
        CHECK(draft.reason != decide::Reason::failed);
        // A page always has something to say; a push channel may be silent.
        if (draft.slot->channel == ground::Channel::web) CHECK_FALSE(draft.picks.empty());
        for (const decide::Pick& pick : draft.picks) {
          CHECK_FALSE(pick.content.empty());
          CHECK_FALSE(pick.why.empty());
          for (const auto& [name, text] : pick.content)
            CHECK_MESSAGE((!text.empty() || name == "tags"), name);
        }
      }
    }
  }
}

TEST_CASE(
    "[P3] A block that someone's own facts chose names its source; a default claims nothing") {
  for (const DemoScene* scene : stage().scenes()) {
    const DemoTold told = tell(scene->id, "ja");
    for (const decide::SlotDraft& draft : told.answer.draft.slots) {
      if (draft.slot->shape != ground::Shape::one || draft.picks.empty()) continue;
      CAPTURE(scene->id);
      CAPTURE(draft.slot->name);
      for (const speak::Sentence& why : draft.picks.front().why) {
        CHECK_FALSE(why.text.empty());
        // An event's name is for engineers.
        for (const std::string_view name : {"Question", "Brochure", "Inquiry", "Signed Up"})
          CHECK_FALSE(why.text.contains(name));
        CHECK(why.personal == !why.source.empty());
        if (draft.layer == ground::Layer::none) CHECK_FALSE(why.personal);
      }
    }
  }
}

TEST_CASE("[P2] No scene speaks the words of ordinary targeting") {
  for (const DemoScene* scene : stage().scenes()) {
    const std::string ja = all_words(tell(scene->id, "ja"));
    const std::string en = ground::ascii_lower(all_words(tell(scene->id, "en")));
    CAPTURE(scene->id);
    for (const std::string_view word : {"パーソナライズ", "あなた", "真理", "みなも", "236", "OFF"})
      CHECK_MESSAGE(!ja.contains(word), word);
    for (const std::string_view word :
         {"personali", "just for you", "welcome back", "mari ", "236"})
      CHECK_MESSAGE(!en.contains(word), word);
  }
}

TEST_CASE("[P1] Nice to meet you: the first light roast, from what was looked at on this visit") {
  const DemoTold ja = tell("1-nice-to-meet-you", "ja");
  CHECK(says(ja, "home.hero") == "浅煎りがはじめてなら、この3つから。");
  CHECK(slot(ja, "home.hero").layer == ground::Layer::surface);
  const DemoTold en = tell("1-nice-to-meet-you", "en");
  CHECK(says(en, "home.hero") == "New to light roast? Start with these three.");
  // Suggestions need a consent that nobody gave: the shelf is the same for everyone.
  CHECK(slot(en, "home.picks").reason == decide::Reason::no_consent);
  CHECK(ids(en, "home.picks") == ids(tell("p-resting", "en"), "home.picks"));
}

TEST_CASE("[P4] What an ad network guesses of someone is not even kept") {
  const DemoTold ja = tell("1-nice-to-meet-you", "ja");
  CHECK(held_back(ja, "お住まいの地域", ""));
  CHECK(held_back(ja, "年代", ""));
  const DemoTold en = tell("1-nice-to-meet-you", "en");
  CHECK(held_back(en, "where you live", ""));
  CHECK(held_back(en, "your age", ""));
  CHECK_FALSE(held_back(tell("2a-quiet", "ja"), "年代", ""));
}

TEST_CASE("[P6] Entrusted and given back: one bean, two doors") {
  const DemoTold quiet = tell("2a-quiet", "ja"), makers = tell("2b-makers", "ja");
  CHECK(says(quiet, "home.hero") == "一人の朝に、静かな一杯を。");
  CHECK(says(makers, "home.hero") == "アベベさん一家、三年目の豆です。");
  CHECK(says(tell("2a-quiet", "en"), "home.hero") == "A quiet cup for a morning alone.");
  CHECK(says(tell("2b-makers", "en"), "home.hero") == "The Abebe family’s third harvest.");
  CHECK(says(quiet, "home.hero", "href") == says(makers, "home.hero", "href"));
  for (const std::string_view name : {"home.hero", "home.story", "home.picks", "news.subject"}) {
    CHECK(slot(quiet, name).layer == ground::Layer::resonance);
    CHECK(ids(quiet, name) != ids(makers, name));
  }
  // A subject is seen by others: what someone holds dear may choose it and is not said in it.
  CHECK(held_back(quiet, "大切にしていること", "news.subject"));
  CHECK_FALSE(says(quiet, "news.subject", "subject").contains("静か"));
}

DemoTold after(std::string_view scene, std::string_view locale, std::string_view tapped,
               std::string_view later = "") {
  const auto moment = parse_moment(later, tapped);
  REQUIRE_MESSAGE(moment.has_value(), moment.error().message);
  auto told = stage().tell(scene, locale, *moment);
  REQUIRE_MESSAGE(told.has_value(), told.error().message);
  return *std::move(told);
}

bool allows(const DemoTold& told, std::string_view purpose) {
  return std::ranges::find(told.allowed, purpose) != told.allowed.end();
}

TEST_CASE("[P5] An answer is given back at once, and thanked for once") {
  const DemoTold first = tell("2a-quiet", "ja");
  CHECK(says(first, "home.giveback") == "お答えから、並びを替えました");
  CHECK(says(tell("2b-makers", "en"), "home.giveback") ==
        "We re-ordered this shelf from your answer");
  const auto shelf = ids(first, "home.picks");
  const DemoTold again = after("2a-quiet", "ja", "again@0s");
  CHECK(says(again, "home.giveback") == "お答えを、並びに活かしています");
  CHECK(ids(again, "home.picks") == shelf);  // what it changed stays
}

TEST_CASE("[P4] A question answered on the page asks for its purpose first, and acts at once") {
  const DemoTold before = tell("1-nice-to-meet-you", "ja");
  CHECK(before.allowed.empty());
  CHECK(says(before, "home.giveback", "href") == "/hello");
  const std::pair<std::string_view, std::string_view> answers[] = {
      {"quiet", "一人の朝に、静かな一杯を。"},
      {"makers", "アベベさん一家、三年目の豆です。"},
      {"craft", "湯を三度下げると、甘みが前に出ます。"},
      {"season", "水出しは、前の晩から。"},
      {"together", "四人ぶん淹れる日の、深煎り。"}};
  for (const auto& [axis, title] : answers) {
    const DemoTold told = after("1-nice-to-meet-you", "ja", "answer-" + std::string(axis) + "@0s");
    CHECK(told.allowed == std::vector<std::string>{"values"});
    CHECK(says(told, "home.hero") == title);
    CHECK(says(told, "home.giveback") == "お答えから、並びを替えました");
    CHECK(slot(told, "home.picks").reason == decide::Reason::no_consent);  // that one was not asked
  }
}

TEST_CASE("[P3] One tap takes an answer back: the next decision is without it, and says so") {
  for (const std::string_view scene : {"2a-quiet", "2b-makers", "8-dont-use-this"}) {
    CAPTURE(scene);
    const DemoTold before = tell(scene, "ja");
    CHECK(slot(before, "home.hero").layer == ground::Layer::resonance);
    CHECK(allows(before, "values"));
    CHECK(says(before, "home.giveback", "href") == "/hello/undo");
    const DemoTold stopped = after(scene, "ja", "undo@0s");
    CHECK(says(stopped, "home.giveback") == "承知しました。並びを元に戻しました。");
    CHECK(says(after(scene, "en", "undo@0s"), "home.giveback") ==
          "Understood. The shelf is back as it was.");
    CHECK_FALSE(allows(stopped, "values"));
    for (const decide::SlotDraft& draft : stopped.answer.draft.slots)
      CHECK(draft.layer != ground::Layer::resonance);
    CHECK(std::ranges::any_of(stopped.held_back, [](const DemoHeldBack& held) {
      return held.what == "大切にしていること" && held.why == "使わないでほしいとのことなので";
    }));
    // Said once; a day later there is nothing left of it.
    CHECK(says(after(scene, "ja", "undo@0s", "2d"), "home.giveback") ==
          "一杯に、何がいちばん大切ですか。");
  }
}

TEST_CASE("[P7] Solved: never raised again, and the grind stays; still bitter: the desk’s answer") {
  const DemoTold solved = after("4-last-worry", "ja", "solved@0s");
  CHECK(slot(solved, "chat.opening").reason == decide::Reason::silence);
  CHECK(says(solved, "order.grind", "chosen") == "medium");
  for (const std::string_view later : {"1d", "20d", "60d", "365d"}) {
    CAPTURE(later);
    const DemoTold then = after("4-last-worry", "en", "solved@0s", later);
    CHECK(slot(then, "chat.opening").picks.empty());
    CHECK(says(then, "order.grind", "chosen") == "medium");
  }
  const DemoTold still = after("4-last-worry", "ja", "still@0s");
  CHECK(says(still, "chat.opening", "text").starts_with("では、粗挽きで。"));
  CHECK(says(still, "order.grind", "chosen") == "coarse");
  CHECK(
      slot(after("4-last-worry", "ja", "still@0s,solved@3d", "3d"), "chat.opening").picks.empty());
}

TEST_CASE("The clock can be moved on: what is forgotten by then is not used, and nothing else") {
  const auto title = [](std::string_view later) {
    return says(after("1-nice-to-meet-you", "ja", "", later), "home.hero");
  };
  CHECK(title("0s") == title("6d"));
  CHECK(says(after("3-decaf", "ja", "", "10d"), "home.hero") == "夜の一杯にも。");
  CHECK(says(after("3-decaf", "ja", "", "60d"), "home.hero") == "豆は、焼いた日から数えます。");
  CHECK(says(after("2a-quiet", "ja", "", "8d"), "home.giveback") ==
        "お答えを、並びに活かしています");
  // A tap cannot be undone by going back before it.
  CHECK(after("4-last-worry", "ja", "solved@7d", "1d").moment.later >= ground::Duration::days(7));
  for (const auto& [later, tapped] :
       std::initializer_list<std::pair<const char*, const char*>>{{"soon", ""},
                                                                  {"800d", ""},
                                                                  {"", "undo@7d,again@1d"},
                                                                  {"", "undo@x"},
                                                                  {"", "a,"},
                                                                  {"", "a,a,a,a,a,a,a,a,a"}})
    CHECK_MESSAGE(!parse_moment(later, tapped).has_value(), later << "|" << tapped);
  CHECK_FALSE(stage().tell("2a-quiet", "ja", {.tapped = {{.tap = "nothing"}}}).has_value());
}

TEST_CASE("[P1] Decaf comes first, and why someone looks at it stays unknown") {
  const DemoTold ja = tell("3-decaf", "ja");
  CHECK(says(ja, "home.hero") == "夜の一杯にも。");
  CHECK(says(tell("3-decaf", "en"), "home.hero") == "For the evening cup, too.");
  const auto shelf = ids(ja, "home.picks"), other = ids(tell("2a-quiet", "ja"), "home.picks");
  REQUIRE(shelf.size() >= 3);
  for (size_t i = 0; i < 3; ++i) CHECK_MESSAGE(shelf[i].starts_with("decaf-"), shelf[i]);
  CHECK_FALSE(other.front().starts_with("decaf-"));
  CHECK(held_back(ja, "贈り物の用途", ""));  // not even kept: only a page said so
  CHECK(held_back(tell("3-decaf", "en"), "the occasion of a gift", ""));
  for (const std::string_view word : {"妊娠", "赤ちゃん", "授乳", "ママ", "出産"})
    CHECK_MESSAGE(!all_words(ja).contains(word), word);
}

TEST_CASE("[P1] An editor who names a reader's body is refused, in either language") {
  const auto typed = stage().try_publish({});
  REQUIRE(typed.has_value());
  CHECK(typed->refused());
  CHECK(typed->says == std::vector<std::pair<std::string, std::string>>{
                           {"ja", "授乳中の方へ。"}, {"en", "For nursing mothers."}});
  const auto found = [](const DemoAttempt& refusal, std::string_view text) {
    return std::ranges::any_of(refusal.findings, [&](const ground::Finding& f) {
      return f.rule == "sensitive-inference" && f.text == text;
    });
  };
  CHECK(found(*typed, "授乳中の方へ。"));
  CHECK(found(*typed, "For nursing mothers."));
  const auto half = stage().try_publish({{"ja", "夜の一杯にも、合います。"}});
  CHECK(half->refused());
  CHECK_FALSE(found(*half, "授乳中の方へ。"));
  const auto fine = stage().try_publish(
      {{"ja", "夜の一杯にも、合います。"}, {"en", "Goes with the \"evening\": too"}});
  REQUIRE(fine.has_value());
  CHECK_FALSE(fine->refused());
  CHECK_FALSE(fine->told.has_value());  // no scene was asked for
  // Nothing was published: the stage is as it was.
  CHECK(says(tell("3-decaf", "ja"), "home.hero") == "夜の一杯にも。");
}

TEST_CASE("What may be said is published at once, for one shop, and decided by the engine") {
  const auto live =
      stage().try_publish({{"ja", "夜ふけにも、一杯。"}, {"en", "Late, too."}}, "3-decaf", "ja");
  REQUIRE(live.has_value());
  CHECK_FALSE(live->refused());
  REQUIRE(live->told.has_value());
  CHECK(says(*live->told, "home.hero") == "夜ふけにも、一杯。");
  CHECK(slot(*live->told, "home.hero").picks.front().why.front().personal);
  CHECK(says(tell("3-decaf", "ja"), "home.hero") == "夜の一杯にも。");
  const auto refused = stage().try_publish({}, "3-decaf", "ja");
  CHECK(refused->refused());
  CHECK_FALSE(refused->told.has_value());
  CHECK_FALSE(stage().try_publish({}, "nothing", "ja").has_value());
}

TEST_CASE("[P7] The last worry shapes the order, is asked after in the chat, and not on the page") {
  const DemoTold ja = tell("4-last-worry", "ja");
  CHECK(says(ja, "order.grind", "chosen") == "medium");
  CHECK(says(ja, "chat.opening", "text") == "先日の苦味、その後いかがですか。");
  CHECK(says(tell("4-last-worry", "en"), "chat.opening", "text") ==
        "How has the bitterness been since?");
  for (const decide::SlotDraft& draft : ja.answer.draft.slots)
    if (draft.slot->name.starts_with("home."))
      for (const decide::Pick& pick : draft.picks)
        for (const auto& [name, text] : pick.content) CHECK_FALSE(text.contains("苦"));
}

TEST_CASE("[P1] Work chooses the button and the subject, and stands in neither") {
  const DemoTold sales = tell("p-sales", "ja"), office = tell("p-office", "ja");
  CHECK(says(sales, "home.cta") == "手みやげを選ぶ");
  CHECK(says(office, "home.cta") == "社内で試す");
  CHECK(says(sales, "news.subject", "subject") == "手みやげに、日持ち三か月の小箱");
  CHECK(says(office, "news.subject", "subject") == "置き場所と電源、導入前の3点");
  CHECK(says(tell("p-office", "en"), "news.subject", "subject") ==
        "Space and power: three checks before you install");
  for (const DemoTold* told : {&sales, &office}) {
    CHECK(held_back(*told, "職種", "news.subject"));
    for (const std::string_view word : {"営業", "総務"})
      CHECK_FALSE(all_words(*told).contains(word));
  }
  CHECK(ids(office, "home.order").front() == "block-office");
}

TEST_CASE("[P9] Someone who has been away gets no mail and no counting of days") {
  const DemoTold told = tell("p-resting", "ja");
  CHECK(slot(told, "news.subject").picks.empty());
  CHECK(slot(told, "news.lead").picks.empty());
  CHECK(slot(told, "news.subject").reason == decide::Reason::no_consent);
  CHECK_FALSE(all_words(told).contains("日ぶり"));
}

TEST_CASE("Choosing another person changes the first words, the order, the shelf and the button") {
  std::set<std::string> heroes, orders, shelves, buttons, subjects;
  for (const DemoScene* scene : stage().scenes()) {
    const DemoTold told = tell(scene->id, "en");
    heroes.insert(says(told, "home.hero"));
    buttons.insert(says(told, "home.cta"));
    orders.insert(ids(told, "home.order").front() + ids(told, "home.order")[1]);
    shelves.insert(ids(told, "home.picks").front() + ids(told, "home.picks")[1]);
    if (std::ranges::find(scene->slots, "news.subject") != scene->slots.end())
      subjects.insert(says(told, "news.subject", "subject"));
  }
  CHECK(heroes.size() == stage().scenes().size());
  CHECK(orders.size() >= 4);
  CHECK(shelves.size() >= 5);
  CHECK(buttons.size() >= 5);
  CHECK(subjects.size() == 5);
}

TEST_CASE("[P3] The same scene is told the same way every time, and from a second stage") {
  const auto other = DemoStage::open(demo_files());
  REQUIRE(other.has_value());
  for (const DemoScene* scene : stage().scenes()) {
    const std::string once = told_json(tell(scene->id, "ja"));
    CHECK(told_json(tell(scene->id, "ja")) == once);
    CHECK(told_json(*(*other)->tell(scene->id, "ja")) == once);
  }
}

TEST_CASE("The page's JSON has the shapes of docs/demo.md") {
  const Value scenes = parsed(ask("GET", "/demo/scenes?locale=en").body);
  REQUIRE(scenes.find("scenes")->as_list().size() == stage().scenes().size());
  CHECK(scenes.find("scenes")->as_list()[0].find("title")->as_string() ==
        "Nice to meet you: from a light-roast ad");
  for (const Value& listed : scenes.find("scenes")->as_list()) {
    const Value told =
        parsed(ask("GET", "/demo/scene/" + listed.find("id")->as_string() + "?locale=ja").body);
    CHECK(told.find("mode")->as_string() == "preview");
    CHECK(told.find("scene")->find("title")->is(Value::Kind::string));
    CHECK(told.find("ordinary")->find("home.hero")->find("title")->is(Value::Kind::string));
    for (const auto& [name, slot] : told.find("slots")->as_map()) {
      CHECK(slot.find("layer")->is(Value::Kind::string));
      for (const Value& candidate : slot.find("operator")->find("candidates")->as_list()) {
        const bool dropped = !candidate.find("dropped")->is_null();
        CHECK_FALSE((dropped && candidate.find("chosen")->as_bool()));
        CHECK(dropped == (candidate.find("p") == nullptr));
      }
      if (slot.find("items")->as_list().empty()) continue;
      CHECK_FALSE(slot.find("why")->as_list().empty());
      CHECK(slot.find("items")->as_list()[0].find("content")->is(Value::Kind::map));
    }
  }
}

TEST_CASE("The page is in the binary, loads nothing from anyone else, and says so") {
  const Heard page = ask("GET", "/");
  CHECK(page.status == 200);
  CHECK(page.headers.contains("Content-Type: text/html"));
  CHECK(page.headers.contains("Content-Security-Policy: default-src 'none'; script-src 'self'"));
  CHECK(page.headers.contains("X-Content-Type-Options: nosniff"));
  for (const std::string_view name : {"style.css", "page.js", "parts.js", "view.js", "shop.js",
                                      "moment.js", "words.js", "editor.js", "art.svg"}) {
    CHECK(ask("GET", "/demo/" + std::string(name)).status == 200);
    CHECK_FALSE(demo_file("page/" + std::string(name)).contains("https://"));
  }
  CHECK(ask("GET", "/demo/page.js").headers.contains("Content-Type: text/javascript"));
  for (const std::string_view target :
       {"/demo/nothing", "/demo/../brand.yaml", "/demo/scene/nothing", "/demo/scene/%zz"}) {
    const Heard none = ask("GET", target);
    CHECK(none.status == 404);
    CHECK(parsed(none.body).find("error")->find("code")->as_string() == "not_found");
    CHECK(none.headers.contains("Content-Security-Policy"));
  }
  CHECK(ask("DELETE", "/demo/scenes").status == 405);
  CHECK(ask("GET", "/demo/scene/2a-quiet?tapped=nothing@0s").status == 400);
  CHECK(ask("GET", "/demo/scene/2a-quiet?later=soon").status == 400);
  const Value told = parsed(ask("GET", "/demo/scene/2a-quiet?tapped=undo@1h&later=2h").body);
  CHECK(told.find("scene")->find("tapped")->as_list()[0].find("id")->as_string() == "undo");
  CHECK(told.find("scene")->find("now")->as_string() == "2026-05-22T00:20:00.000Z");
}

TEST_CASE("The editor's words are checked as they are typed") {
  const Value first = parsed(ask("GET", "/demo/publish").body);
  CHECK(first.find("refused")->as_bool());
  const Value second = parsed(
      ask("POST", "/demo/publish", R"({"ja":"夜にも。","en":"For \"evenings\": too #1"})").body);
  CHECK_FALSE(second.find("refused")->as_bool());
  CHECK(second.find("says")->find("en")->as_string() == "For \"evenings\": too #1");
  const Value shown = parsed(ask("POST", "/demo/publish?scene=3-decaf&locale=en",
                                 R"({"ja":"夜にも。","en":"At night, too."})")
                                 .body);
  CHECK(shown.find("told")
            ->find("slots")
            ->find("home.hero")
            ->find("items")
            ->as_list()[0]
            .find("content")
            ->find("title")
            ->as_string() == "At night, too.");
  CHECK(ask("POST", "/demo/publish?scene=none", R"({"ja":"夜にも。"})").status == 404);
  const Value third = parsed(ask("POST", "/demo/publish", R"({"ja":"あなただけに"})").body);
  CHECK(third.find("refused")->as_bool());
  CHECK(ask("POST", "/demo/publish", "{").status == 400);
  CHECK(ask("POST", "/demo/publish", R"({"fr":"x"})").status == 400);
  CHECK(ask("POST", "/demo/publish", R"({"ja":")" + std::string(401, 'x') + "\"}").status == 413);
}

TEST_CASE("In a terminal, wide characters count two columns and no line begins with a mark") {
  CHECK(columns_of("abc") == 3);
  CHECK(columns_of("浅煎り") == 6);
  CHECK(columns_of("¥1,200") == 6);
  CHECK(columns_of("がカ") == 4);
  CHECK(wrapped("浅煎りが、はじめて", 8, 2) == "浅煎り\n  が、はじ\n  めて");
  CHECK(wrapped("静かな 一杯。", 11, 0) == "静かな 一\n杯。");
  CHECK(wrapped("one two three", 7, 1) == "one two\n three");
  CHECK(wrapped("ニエリの丘", 6, 0) == "ニエリ\nの丘");
  CHECK(wrapped("", 5, 0) == "");
  for (const DemoScene* scene : stage().scenes()) {
    for (const std::string locale : {"ja", "en"}) {
      const std::string text =
          print_told(tell(scene->id, locale), {.locale = locale, .columns = 72});
      CHECK_FALSE(text.contains('\x1b'));
      for (const std::string_view line : ground::split(text, '\n'))
        CHECK_MESSAGE(columns_of(line) <= 74, line);
    }
  }
  CHECK(print_told(tell("3-decaf", "ja"), {.colour = true}).contains("\x1b[1m"));
}
