#include "serve/evaluate/training.h"

#include <doctest/doctest.h>

#include <fstream>

#include "ground/base/hash.h"
#include "ground/base/test_folder.h"

namespace aizuchi::serve {
namespace {

// Whoever likes even numbers likes even ones.
std::string orders(uint32_t people) {
  std::string out = "user,item\n";
  for (uint32_t u = 0; u < people; ++u)
    for (uint32_t n = 0; n < 15; ++n)
      if (ground::mix64(u * 50 + n) % 10 < 4)
        out += "u" + std::to_string(u) + ",i" + std::to_string(2 * n + u % 2) + "\n";
  return out;
}

std::string clicks() {
  std::string out = "SessionId\tItemId\tTime\n";
  int64_t time = 1'600'000'000;
  for (uint32_t visit = 0; visit < 200; ++visit)
    for (uint32_t step = 0; step < 3; ++step)
      out += "v" + std::to_string(visit) + "\tp" + std::to_string(visit % 5 * 10 + step) + "\t" +
             std::to_string(time += 10) + "\n";
  return out;
}

struct Folder {
  ground::test::TestFolder folder;
  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = folder.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
};

TEST_CASE("A model of orders answers with what goes with an item, and says with which") {
  const Folder at;
  const auto made = train_topn({.parts = {.train = at.write("o.csv", orders(120))}, .seed = 2});
  REQUIRE(made);
  CHECK(made->kept.people == 120);
  CHECK(made->kept.items.size() == 30);
  CHECK(made->tried.size() > 10);
  CHECK(made->tried[made->best].measured.ndcg20 == made->kept.reached[0].second);
  const auto best = ask_model(made->kept, {"i4", "i0", "i4"}, 5);
  REQUIRE(best);
  REQUIRE(best->size() == 5);
  for (const Answered& one : *best) {
    CHECK((one.item.back() - '0') % 2 == 0);
    CHECK((one.because == "i0" || one.because == "i4"));
    CHECK((one.item != "i0" && one.item != "i4"));
  }
  const auto unknown = ask_model(made->kept, {"i0", "i99"}, 5);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("i99") != std::string::npos);
}

TEST_CASE("A valid file is what a model is chosen on, and a file named test is never read") {
  const Folder at;
  at.write("train.csv", orders(120));
  at.write("valid.csv", "user,item\nu0,i0\nu0,i2\nu0,i4\n");
  at.write("test.csv", "this is no table of anything\n");
  auto parts = find_training(at.folder.path(), "", "");
  REQUIRE(parts);
  CHECK(parts->test.empty());
  CHECK(parts->valid.filename() == "valid.csv");
  const auto few = train_topn({.parts = *parts});
  REQUIRE_FALSE(few);  // one person is too few to choose on
  CHECK(few.error().message.find("too little") != std::string::npos);
  std::filesystem::remove(at.folder.path() + "/test.csv");
  parts = find_training(at.folder.path(), "", "");
  REQUIRE(parts);
  CHECK(parts->valid.filename() == "valid.csv");
}

TEST_CASE("A model of visits answers what comes next, and says from which item") {
  const Folder at;
  const auto made = train_session({.parts = {.train = at.write("clicks.tsv", clicks())}});
  REQUIRE(made);
  CHECK(made->kept.visits.size() == 200);
  CHECK(made->kept.reached[1].second > 0.99);
  CHECK(made->popular_hr20 <= made->kept.reached[1].second);
  const auto kept = understand::decode_model(understand::encode(made->kept));
  REQUIRE(kept);
  const auto next = ask_model(*kept, {"p11"}, 3);
  REQUIRE(next);
  REQUIRE_FALSE(next->empty());
  CHECK(next->front().item == "p12");
  CHECK(next->front().because == "p11");
}

}  // namespace
}  // namespace aizuchi::serve
