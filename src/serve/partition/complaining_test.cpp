// What something was wrong with is not offered, until it was put right.
#include <filesystem>

#include "serve/partition/partition_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

ground::BrandFiles with_complaints() {
  ground::BrandFiles out = brand();
  out.files["products.csv"] =
      "id,name.ja,name.en,category,price,url\n"
      "p1,一,One,tea,100,/1\np2,二,Two,tea,200,/2\np3,三,Three,tea,300,/3\n";
  out.files["slots/shelf.yaml"] =
      "slots:\n  home.shelf: {channel: web, context: shop-page, purpose: layout, shape: list, "
      "size: {at_least: 1, at_most: 8}, from: products, rankers: [for-you, popular], "
      "fallback: popular}\n";
  out.files["events.yaml"] =
      "events:\n  Complaint Received: {role: complained}\n  Complaint Settled: {role: settled}\n"
      "  Button Pressed: {role: click}\n";
  return out;
}

struct Desk : World {
  explicit Desk(const std::string& directory = "") : World(directory) {
    if (partition->snapshot() == nullptr) {
      begin();
      publish(with_complaints());
    }
  }
  void tell(const std::string& event, const std::string& properties, const std::string& at = "") {
    send(server, R"({"type":"track","userId":"u","event":")" + event + R"(","messageId":"m)" +
                     std::to_string(++told) + "\"" +
                     (at.empty() ? "" : R"(,"timestamp":")" + at + "\"") + R"(,"properties":)" +
                     properties + "}");
  }
  // "p1,p2,p3", and what kept the others away.
  std::string offered() {
    const auto answer = partition->preview(
        {.person = {.user_id = "u"}, .slots = {"home.shelf"}, .mode = ground::Mode::preview},
        server);
    REQUIRE(answer.has_value());
    std::string out;
    for (const decide::Candidate& one : answer->draft.slots.at(0).candidates) {
      const ground::Product& product = answer->snapshot->products[one.product.index];
      out += (out.empty() ? "" : " ") + product.name_id;
      if (one.drop != decide::Drop::none) out += ":" + std::string(to_string(one.drop));
    }
    return out;
  }
  int told = 0;
};

}  // namespace

TEST_CASE("[P10] What was complained about is not offered, until it was put right") {
  Desk desk;
  desk.tell("Page Viewed", "{}");
  CHECK(desk.offered() == "p1 p2 p3");
  desk.tell("Complaint Received", R"({"product_id":"p1","text":"a torn bag"})");
  CHECK(desk.offered() == "p1:complained p2 p3");
  desk.tell("Complaint Settled", R"({"product_id":"p2"})");
  CHECK(desk.offered() == "p1:complained p2 p3");
  desk.tell("Complaint Settled", R"({"product_id":"p1"})");
  CHECK(desk.offered() == "p1 p2 p3");
}

TEST_CASE(
    "[P10] A refund is a complaint about each of its products; a settlement of all names none") {
  Desk desk;
  desk.tell("Order Refunded",
            R"({"order_id":"o","products":[{"product_id":"p1"},{"product_id":"p3"},{}]})");
  CHECK(desk.offered() == "p1:complained p2 p3:complained");
  // Told late: it was settled before the complaint, which stands.
  desk.tell("Complaint Settled", "{}", "2026-05-01T00:00:00Z");
  CHECK(desk.offered() == "p1:complained p2 p3:complained");
  desk.tell("Complaint Settled", "{}");
  CHECK(desk.offered() == "p1 p2 p3");
}

TEST_CASE("A complaint holds over a restart, and for a year") {
  const std::string directory = temp_directory();
  {
    Desk desk(directory);
    desk.tell("Complaint Received", R"({"product_id":"p2"})");
    desk.open(directory);
    CHECK(desk.offered() == "p1 p2:complained p3");
    desk.clock.advance(ground::Duration::days(366));
    CHECK(desk.offered() == "p1 p2 p3");
  }
  std::filesystem::remove_all(directory);
}

TEST_CASE("An event with a role of its own does what that role does") {
  Desk desk;
  CHECK(desk.partition->snapshot()->event("Button Pressed")->role == ground::EventRole::click);
  CHECK(desk.partition->snapshot()->event("Complaint Settled")->role == ground::EventRole::settled);
}
