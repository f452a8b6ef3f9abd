// The engine inside your own process: publish a brand folder, listen, ask, be told why.
// Only the public header and the standard library.
//
//   example_embedded examples/first-brand
#include <cstdio>
#include <string>

#include "aizuchi/aizuchi.h"

namespace {

void print(const aizuchi::SlotAnswer& slot) {
  std::printf("%s: %s, layer %s\n", slot.slot.c_str(), slot.reason.c_str(), slot.layer.c_str());
  for (const auto& item : slot.items) {
    std::printf("  %s %s\n", item.id.c_str(), item.variant.c_str());
    for (const auto& [field, text] : item.content)
      std::printf("    %-5s  %s\n", field.c_str(), text.c_str());
    for (const auto& why : item.why) std::printf("    why    %s\n", why.text.c_str());
  }
  for (const auto& held : slot.withheld)
    std::printf("  held back: %s (%s)\n", held.what.c_str(), held.why.c_str());
}

int fail(const aizuchi::Failure& failure) {
  std::fprintf(stderr, "%s: %s\n%s\n", failure.code.c_str(), failure.message.c_str(),
               failure.hint.c_str());
  return 1;
}

// What a shop's server saw: two papers looked at, and a form that said what someone writes with.
constexpr auto seen = R"({"batch": [
  {"type": "track", "event": "Product Viewed", "userId": "hana", "messageId": "1",
   "properties": {"product_id": "note-a5", "category": "paper"}},
  {"type": "track", "event": "Product Viewed", "userId": "hana", "messageId": "2",
   "properties": {"product_id": "letter-set", "category": "paper"}}]})";
constexpr auto told = R"({"type": "track", "event": "Signed Up", "userId": "hana",
  "messageId": "3", "properties": {"writes_with": "fountain-pen"}})";
// Her word on what it may be used for. A no acts on the next decision.
constexpr auto please_stop = R"({"type": "track", "event": "Consent Updated", "userId": "hana",
  "messageId": "4", "properties": {"purposes": {"layout": false}}})";

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: example_embedded BRAND_FOLDER\n"), 2;

  // In memory, and with a seed, so that this example always prints the same. A real one names a
  // data_directory and leaves the seed out.
  auto opened = aizuchi::Engine::open({.seed = 7});
  if (!opened) return fail(opened.error());
  aizuchi::Engine& engine = **opened;

  auto published = engine.publish(arguments[1]);
  if (!published) return fail(published.error());
  for (const auto& finding : published->findings) std::printf("%s\n", finding.text.c_str());
  if (!published->live) return 1;

  const aizuchi::Question question{
      .person = {.user_id = "hana"}, .slots = {"home.hero"}, .locale = "en"};
  std::puts("-- before anything is known");
  print(engine.decide(question).slots.front());

  if (auto in = engine.ingest(seen, "web"); !in) return fail(in.error());
  if (auto in = engine.ingest(told, "member"); !in) return fail(in.error());
  std::puts("-- after two looks at paper and a sign-up form");
  print(engine.decide(question).slots.front());

  if (auto in = engine.ingest(please_stop, "web"); !in) return fail(in.error());
  std::puts("-- after she asked us to stop arranging pages for her");
  print(engine.decide(question).slots.front());
}
