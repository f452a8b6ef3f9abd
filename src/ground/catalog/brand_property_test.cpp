// Whatever happens to the bytes of a brand folder, there is a snapshot or there are errors, never
// both, never neither (check() holds it); and the same bytes give the same answer.
#include <doctest/doctest.h>

#include "ground/base/dice.h"
#include "ground/catalog/test_brand.h"

namespace aizuchi::ground::catalog {

namespace {

class Vandal {
 public:
  explicit Vandal(uint64_t seed) : dice_(seed) {}

  void hurt(BrandFiles& files) {
    auto it = files.files.begin();
    std::advance(it, static_cast<ptrdiff_t>(below(files.files.size())));
    std::string& text = it->second;
    if (text.empty()) return;
    const size_t at = below(text.size());
    const size_t n = 1 + below(12);
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(dice_.next_u64());
        return;
      case 1:
        text.erase(at, n);
        return;
      case 2:
        text.insert(at, 1, "{}[],:'\"|>&*!%#?- \n\t0(){}"[below(26)]);
        return;
      case 3:
        text.insert(at, text.substr(below(text.size()), n));
        return;
      case 4:
        text.resize(at);
        return;
      default:
        erase_line(text, at);
    }
  }

 private:
  size_t below(size_t bound) { return static_cast<size_t>(dice_.next_u64() % bound); }
  static void erase_line(std::string& text, size_t at) {
    const size_t start = text.rfind('\n', at);
    const size_t end = text.find('\n', at);
    const size_t from = start == std::string::npos ? 0 : start + 1;
    text.erase(from, end == std::string::npos ? end : end + 1 - from);
  }

  SeededDice dice_;
};

}  // namespace

TEST_CASE("A brand folder that was damaged is refused or compiles, and never does both") {
  size_t compiled = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    BrandFiles files = small_brand();
    Vandal vandal(seed);
    for (uint64_t i = 0; i <= seed % 4; ++i) vandal.hurt(files);
    INFO(seed);
    const Checked brand = check(files);
    if (brand.ok()) ++compiled;
    for (const Finding& f : brand.compiled.findings) {
      CHECK_FALSE(f.rule.empty());
      CHECK_FALSE(f.expected.empty());
    }
    if (seed % 16 == 0) CHECK(check(files).lines == brand.lines);
    plan_changes(small_brand(), files);
  }
  CHECK(compiled > 5);  // a comma in a sentence hurts nobody
  CHECK(compiled < 350);
}

}  // namespace aizuchi::ground::catalog
