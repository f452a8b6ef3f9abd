// The sample brand is a whole one: enough of everything that a brand says, in both languages.
#include <algorithm>
#include <map>
#include <set>

#include "serve/demo/demo_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;
using namespace aizuchi::serve::probe;
using ground::Layer;

TEST_CASE("[P6] The brand has twenty places and a hundred messages, worded on three layers") {
  const ground::Snapshot& brand = stage().snapshot();
  CHECK(brand.slots.size() >= 20);
  std::map<Layer, size_t> messages;
  std::map<Layer, std::set<std::string>> places;
  size_t worded = 0;
  for (const ground::Item& item : brand.items) {
    if (item.status != ground::Status::live) continue;
    ++messages[item.layer];
    worded += item.wordings.size();
  }
  for (const ground::Slot& slot : brand.slots)
    for (const ground::ItemId id : slot.items)
      places[brand.items[id.index].layer].insert(slot.name);
  CHECK(messages[Layer::surface] + messages[Layer::memory] + messages[Layer::resonance] >= 100);
  CHECK(messages[Layer::surface] >= 40);
  CHECK(messages[Layer::memory] >= 30);
  CHECK(messages[Layer::resonance] >= 20);
  const size_t all =
      messages[Layer::surface] + messages[Layer::memory] + messages[Layer::resonance];
  CHECK(worded >= all + 25);  // and many have more than one wording
  for (const Layer layer : {Layer::surface, Layer::memory, Layer::resonance})
    CHECK(places[layer].size() >= 5);
}

TEST_CASE("[P9] The brand is published without an error and without a hole in its coverage") {
  ground::Vocabulary names;
  const ground::Compiled compiled = ground::compile_brand(demo_files().brand, names, 1);
  for (const ground::Finding& finding : compiled.findings)
    FAIL_CHECK(ground::format_finding(finding));
  const ground::Snapshot& brand = stage().snapshot();
  std::set<std::string> phases;
  for (const DemoScene* scene : stage().scenes())
    for (const decide::SlotDraft& draft : tell(scene->id, "ja").answer.draft.slots)
      for (const decide::Candidate& candidate : draft.candidates)
        if (candidate.drop == decide::Drop::other_phase) phases.insert(scene->id);
  CHECK(phases.size() >= 5);  // the relation matters in most scenes
  CHECK(brand.phases.size() == 6);
}

TEST_CASE("What is sold out or delicate is never put on a shelf by itself") {
  const ground::Snapshot& brand = stage().snapshot();
  CHECK(brand.products.size() >= 25);
  size_t sold_out = 0, delicate = 0;
  for (const ground::Product& product : brand.products) {
    sold_out += product.stock == 0 ? 1 : 0;
    delicate += product.sensitive ? 1 : 0;
  }
  CHECK(sold_out >= 1);
  CHECK(delicate >= 1);
  for (const DemoScene* scene : stage().scenes())
    for (const std::string& id : ids(tell(scene->id, "en"), "home.picks")) {
      CHECK(id != "scale");
      CHECK(id != "gift-newborn");
    }
}

TEST_CASE("[P1] The office page answers what was said at the meeting, and does not repeat it") {
  const DemoTold ja = tell("p-office", "ja"), en = tell("p-office", "en");
  CHECK(says(ja, "office.lead") == "15アンペアのコンセント、1口で動きます。");
  CHECK(says(en, "office.lead") == "One ordinary 15 A socket runs it.");
  CHECK(slot(ja, "office.lead").layer == Layer::memory);
  CHECK(ids(ja, "office.checks").front() == "check-socket");
  CHECK(says(ja, "office.next") == "置く棚の写真を送る");
  CHECK(held_back(ja, "導入前の気がかり", "office.lead"));
  for (const std::string_view name : {"office.lead", "office.next"})
    for (const auto& [field, text] : slot(ja, name).picks.front().content)
      for (const std::string_view word : {"電源", "みなも", "打ち合わせ", "総務"})
        CHECK_FALSE(text.contains(word));
  // Three weeks of silence are not pressed on.
  CHECK(says(after("p-office", "ja", "", "30d"), "office.next") ==
        "決めるのは、まだ先でも大丈夫です");
}

TEST_CASE("[P8] Beside a cart there is help with the likely reason, and no push") {
  const DemoTold told = tell("p-cart", "ja");
  CHECK(says(told, "cart.note") == "送料は280円。ポストに届きます。");
  CHECK(says(after("p-cart", "ja", "", "12h"), "cart.note") ==
        "ご注文の途中で、お困りのことは?");  // 10:50 the next day
  CHECK(says(after("p-cart", "ja", "", "1d"), "cart.note") ==
        "お選びの品は、そのままにしてあります。");
  const DemoTold left = after("p-cart", "ja", "leave@12h", "12h");
  CHECK(says(left, "cart.note") == "3,500円から、送料は無料です。");
  for (const std::string_view word : {"お忘れ", "残りわずか", "送料無料まで", "OFF", "今だけ"})
    CHECK_MESSAGE(!all_words(told).contains(word), word);
}

TEST_CASE("The shop’s hours are by the shop’s clock, and about nobody") {
  const auto hours = [](std::string_view later) {
    const DemoTold told = after("1-nice-to-meet-you", "ja", "", later);
    for (const speak::Sentence& why : slot(told, "home.hours").picks.front().why)
      CHECK_FALSE(why.personal);
    return says(told, "home.hours");
  };
  CHECK(hours("") == "店は閉まりました。ご注文は、夜のあいだも。");  // 22:40
  CHECK(hours("6h") == "夜ふけのご注文は、朝いちばんに。");          // 4:40
  CHECK(hours("8h") == "神保町店は、9時に開きます。");               // 6:40
  CHECK(hours("12h") == "神保町店は、いま開いています。");           // 10:40
}

TEST_CASE("[P4] What people answer may teach the shop what is usual, by a consent of its own") {
  const ground::Snapshot& brand = stage().snapshot();
  const ground::Purpose* improve = brand.purpose("improve");
  REQUIRE(improve != nullptr);
  CHECK(improve->basis == ground::Basis::consent);
  REQUIRE(brand.questions.size() == 1);
  const ground::OpenQuestion& asked = brand.questions.front();
  CHECK(asked.purpose != improve->id);  // the question is asked without it
  CHECK(brand.fact(asked.sets)->purposes.has(improve->id));
  const auto dialogue = std::ranges::find(brand.sources, "dialogue", &ground::Source::name);
  REQUIRE(dialogue != brand.sources.end());
  CHECK(dialogue->purposes.has(improve->id));
}
