#include "understand/recommend/model_file.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ground/base/hash.h"
#include "understand/recommend/shelf.h"

namespace aizuchi::understand {
namespace {

constexpr size_t sum_bytes = 32;

Pairs made_pairs() {
  std::vector<Pair> out;
  for (uint32_t u = 0; u < 60; ++u)
    for (uint32_t i = 0; i < 12; ++i)
      if (ground::mix64(u * 100 + i) % 10 < (i % 2 == u % 2 ? 6U : 1U))
        out.push_back({.person = u, .item = i, .at = double(u * 86400 + i)});
  return {std::move(out), 60, 12};
}

KeptModel kept_of(const Recipe& recipe) {
  KeptModel out{.people = 60, .pairs = 200, .seed = 3, .reached = {{"ndcg@20", 0.25}}};
  for (uint32_t i = 0; i < 12; ++i) out.items.push_back("item " + std::to_string(i));
  out.model = make(recipe, made_pairs());
  out.name = out.model->name();
  return out;
}

std::vector<Recipe> every_kind() {
  const Recipe walk{WalkSettings{}}, ease{EaseSettings{.lambda = 5}};
  const Recipe factors{FactorSettings{.dimensions = 8, .epochs = 3}};
  const Recipe blend{BlendSettings{.of = {walk, factors}, .share = 0.3}};
  return {Recipe{PopularSettings{.half_life = 864000}},
          walk,
          ease,
          factors,
          blend,
          Recipe{BlendSettings{.of = {blend, ease}, .share = 0.7}}};
}

std::vector<float> scores_of(const Model& model, Basket basket) {
  std::vector<float> out(model.items());
  model.score({&basket, 1}, out);
  return out;
}

// The bytes with a checksum that is right for them.
std::string signed_again(std::string bytes) {
  bytes.resize(bytes.size() - sum_bytes);
  const auto sum = ground::sha256(bytes);
  bytes.append(reinterpret_cast<const char*>(sum.data()), sum.size());
  return bytes;
}

TEST_CASE("A model of every kind comes back as it was, to the last bit of its scores") {
  const std::vector<uint32_t> basket{1, 5, 8};
  for (const Recipe& recipe : every_kind()) {
    const KeptModel kept = kept_of(recipe);
    const std::string bytes = encode(kept);
    const auto back = decode_model(bytes);
    REQUIRE(back);
    CHECK(back->model->name() == kept.name);
    CHECK(back->name == kept.name);
    CHECK(back->items == kept.items);
    CHECK(back->reached == kept.reached);
    CHECK(scores_of(*back->model, basket) == scores_of(*kept.model, basket));
    CHECK(encode(*back) == bytes);
  }
}

TEST_CASE("What each of the basket gave sums up to the score, and popularity has nobody to thank") {
  const std::vector<uint32_t> basket{0, 5, 8}, asked{2, 3, 11};
  for (const Recipe& recipe : every_kind()) {
    const ModelPtr model = make(recipe, made_pairs());
    const auto scores = scores_of(*model, basket);
    const auto shares = model->shares(basket, asked);
    REQUIRE(shares.size() == 9);
    for (size_t i = 0; i < asked.size(); ++i) {
      const double sum = shares[3 * i] + shares[3 * i + 1] + shares[3 * i + 2];
      if (recipe.how.index() == 0)
        CHECK(sum == 0);
      else
        CHECK(sum == doctest::Approx(double{scores[asked[i]]}).epsilon(1e-4));
    }
  }
}

TEST_CASE("Visits come back in their order, with their times and items") {
  KeptModel kept{.name = "visits", .people = 2, .pairs = 3, .items = {"a", "b"}};
  kept.visits = {{.at = -5, .items = {1}}, {.at = int64_t{1} << 60, .items = {0, 1}}};
  const auto back = decode_model(encode(kept));
  REQUIRE(back);
  REQUIRE(back->visits.size() == 2);
  CHECK(back->visits[0].at == -5);
  CHECK(back->visits[1].at == int64_t{1} << 60);
  CHECK(back->visits[1].items == std::vector<uint32_t>{0, 1});
  CHECK_FALSE(back->model);
}

TEST_CASE("A model that was cut, changed, or is none at all is refused by what is wrong") {
  const std::string bytes = encode(kept_of(every_kind().back()));
  for (size_t length = 0; length < bytes.size(); length += 7)
    REQUIRE_FALSE(decode_model(bytes.substr(0, length)));
  for (size_t at = 15; at < bytes.size(); at += 11) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ 0x20);
    const auto refused = decode_model(other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("checksum") != std::string::npos);
  }
  CHECK(decode_model("user,item\n").error().message.find("aizuchi train") != std::string::npos);
  std::string newer = bytes;
  newer[14] = 2;
  CHECK(decode_model(newer).error().message.find("format") != std::string::npos);
}

TEST_CASE("Whatever a file says under a right checksum, it is refused or it can be asked") {
  const std::vector<uint32_t> basket{0};
  size_t refused = 0, asked = 0;
  KeptModel visits{.name = "visits", .items = {"a", "b"}};
  visits.visits = {{.at = 1, .items = {0, 1}}};
  std::vector<std::string> files{encode(visits)};
  for (const Recipe& recipe : every_kind()) files.push_back(encode(kept_of(recipe)));
  for (const std::string& whole : files)
    for (uint64_t n = 0; n < 3000; ++n) {
      std::string other = whole;
      for (uint64_t k = 0; k <= n % 3; ++k) {
        const uint64_t dice = ground::mix64(n * 7 + k);
        other[15 + dice % (other.size() - 15 - sum_bytes)] = static_cast<char>(dice >> 32);
      }
      const auto back = decode_model(signed_again(other));
      refused += back ? 0 : 1;
      if (!back || !back->model || back->items.empty()) continue;
      ++asked;
      CHECK(scores_of(*back->model, basket).size() == back->items.size());
      CHECK(back->model->shares(basket, basket).size() == 1);
    }
  CHECK(refused > 1000);
  CHECK(asked > 1000);
}

}  // namespace
}  // namespace aizuchi::understand
