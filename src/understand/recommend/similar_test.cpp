#include "understand/recommend/similar.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ground/base/hash.h"

namespace aizuchi::understand {
namespace {

using ground::Product;

class Folder {
 public:
  Folder() { snapshot_.locales = {"en", "ja"}; }
  void add(const std::string& id, const std::string& en, const std::string& ja,
           const std::string& category, double price = 10, std::vector<std::string> tags = {}) {
    Product product{.id = {static_cast<uint32_t>(snapshot_.products.size())},
                    .name_id = id,
                    .key = ground::item_key("product", id)};
    product.name.by_locale = {en, ja};
    product.category = category, product.price = price, product.tags = std::move(tags);
    snapshot_.products.push_back(std::move(product));
  }
  std::vector<std::string> like(const std::string& id) const {
    const Similar similar(snapshot_);
    const auto product = std::ranges::find(snapshot_.products, id, &Product::name_id);
    std::vector<std::string> out;
    for (const auto& one : similar.of(product->id, product->key))
      out.push_back(snapshot_.products[one.product].name_id);
    return out;
  }
  const ground::Snapshot& snapshot() const { return snapshot_; }

 private:
  ground::Snapshot snapshot_;
};

TEST_CASE("Products are alike by the words of their names, in English and in Japanese") {
  Folder folder;
  folder.add("blend-a", "Morning blend", "朝のブレンド珈琲", "coffee");
  folder.add("blend-b", "Evening blend", "夜のブレンド珈琲", "coffee");
  folder.add("cup", "Porcelain cup", "磁器のカップ", "things", 10, {"table"});
  folder.add("pot", "Iron pot", "鉄瓶", "things", 10, {"table"});
  REQUIRE_FALSE(folder.like("blend-a").empty());
  CHECK(folder.like("blend-a").front() == "blend-b");
  CHECK(std::ranges::count(folder.like("blend-a"), "pot") == 0);
  CHECK(folder.like("cup") == std::vector<std::string>{"pot"});
}

TEST_CASE("A tag that few share says more than a category of all") {
  Folder folder;
  for (int i = 0; i < 30; ++i)
    folder.add("p" + std::to_string(i), "", "", "all", 10,
               i == 3 || i == 27 ? std::vector<std::string>{"rare"} : std::vector<std::string>{});
  REQUIRE_FALSE(folder.like("p3").empty());
  CHECK(folder.like("p3").front() == "p27");
  REQUIRE_FALSE(folder.like("p27").empty());
  CHECK(folder.like("p27").front() == "p3");
}

TEST_CASE("Nothing is like a product of which the brand says nothing, or that is not there") {
  Folder folder;
  folder.add("bare", "", "", "", 0);
  folder.add("other", "", "", "", 0);
  CHECK(folder.like("bare").empty());
  const Similar similar(folder.snapshot());
  CHECK(similar.of({0}, 1).empty());  // another folder's product at this place
  CHECK(similar.of({9}, ground::item_key("product", "bare")).empty());
  CHECK(similar.of({}, 0).empty());
}

TEST_CASE("Likeness goes both ways, is at most 1, and of a thousand alike eight are kept") {
  Folder folder;
  for (uint64_t i = 0; i < 1000; ++i)
    folder.add("p" + std::to_string(i), "Thing of kind " + std::to_string(ground::mix64(i) % 20),
               "", "c" + std::to_string(i % 7), static_cast<double>(1 + i % 50));
  const Similar similar(folder.snapshot());
  for (const Product& product : folder.snapshot().products) {
    const auto found = similar.of(product.id, product.key);
    CHECK(found.size() <= Similar::neighbours_most);
    CHECK(!found.empty());
    for (const auto& one : found) {
      CHECK(one.product != product.id.index);
      CHECK(one.like >= static_cast<float>(Similar::like_min));
      CHECK(one.like <= 1);
    }
    CHECK(std::ranges::is_sorted(found, std::greater(), &Similar::Neighbour::like));
  }
}

}  // namespace
}  // namespace aizuchi::understand
