#include <algorithm>

#include "serve/partition/partition_probe.h"

using namespace aizuchi::serve;
using namespace aizuchi;

namespace {

// Everything, a page of `limit` at a time.
std::string all(World& world, ExportKind kind, size_t limit, const std::string& purpose = "") {
  std::string out;
  ExportAsk ask{.kind = kind, .limit = limit, .purpose = purpose};
  for (int pages = 0; pages < 1000; ++pages) {
    const auto page = world.partition->export_page(ask);
    REQUIRE_MESSAGE(page.has_value(), page.error().message);
    CHECK(page->rows <= (kind == ExportKind::items ? 1000 : limit));
    out += page->lines;
    if (page->next.empty()) return out;
    ask.after = page->next;
  }
  FAIL("an export without an end");
  return out;
}

size_t lines(const std::string& text) {
  return static_cast<size_t>(std::ranges::count(text, '\n'));
}

// Seven devices that looked at something and asked, and one member.
struct Busy : World {
  Busy() {
    begin();
    for (int i = 0; i < 7; ++i) {
      const std::string who = "d" + std::to_string(i);
      view(who, "light-roast", 2);
      ask(web, {.anonymous_id = who}, {"home.hero"});
      clock.advance(ground::Duration::seconds(1));
    }
    send(form, R"({"type":"identify","userId":"u1","messageId":"i1",)"
               R"("traits":{"job":"sales"}})");
  }
};

}  // namespace

TEST_CASE("An export is the same whatever the size of its pages") {
  Busy busy;
  for (const ExportKind kind :
       {ExportKind::people, ExportKind::events, ExportKind::decisions, ExportKind::items}) {
    const std::string whole = all(busy, kind, 1000);
    CHECK(lines(whole) > 0);
    for (const size_t limit : {size_t{1}, size_t{2}, size_t{7}, size_t{8}})
      CHECK(all(busy, kind, limit) == whole);
  }
  CHECK(lines(all(busy, ExportKind::people, 3)) == 8);
  CHECK(lines(all(busy, ExportKind::events, 3)) == 15);
  CHECK(lines(all(busy, ExportKind::decisions, 3)) == 7);
}

TEST_CASE("[P1] With a purpose only its people come out, and of them what was told for it") {
  Busy busy;
  const std::string for_mail = all(busy, ExportKind::people, 2, "mail");
  CHECK(for_mail.empty());  // nobody has consented to mail
  const std::string everyone = all(busy, ExportKind::people, 2);
  CHECK(everyone.find("\"sales\"") != std::string::npos);
  const std::string for_layout = all(busy, ExportKind::people, 2, "layout");
  CHECK(lines(for_layout) > 0);
  CHECK(for_layout.find("aggregates") == std::string::npos);
  CHECK(all(busy, ExportKind::events, 2, "mail").empty());
  CHECK(all(busy, ExportKind::decisions, 2, "mail").empty());
}

TEST_CASE("A cursor that is none and a purpose that is none are refused by name") {
  Busy busy;
  const auto cursor = busy.partition->export_page({.after = "zz"});
  REQUIRE_FALSE(cursor.has_value());
  CHECK(cursor.error().code == ground::ErrorCode::invalid);
  const auto purpose = busy.partition->export_page({.purpose = "mial"});
  REQUIRE_FALSE(purpose.has_value());
  CHECK(purpose.error().message == "There is no purpose mial.");
  World nothing;
  CHECK_FALSE(nothing.partition->export_page({}).has_value());
}
