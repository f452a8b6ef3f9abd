// questions.yaml: what is read, and what is refused though it is well-formed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>

#include "ground/catalog/snapshot.h"
#include "ground/catalog/test_brand.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr std::string_view taste = R"(- id: taste
  asks: {ja: いちばん大切なのはどれですか, en: What matters most to you?}
  why: {ja: 棚の並びのためだけに使います, en: To order the shelf; for nothing else}
  kind: best-worst
  sets: values
  purpose: values
  source: dialogue
  gives:
    slot: home.picks
    within: 7d
    says: {ja: お答えから、並びを替えました, en: We re-ordered this shelf from your answer}
)";

std::string replaced(std::string_view text, std::string_view what, std::string_view instead) {
  std::string out(text);
  const size_t at = out.find(what);
  REQUIRE(at != std::string::npos);
  return out.replace(at, what.size(), instead);
}

BrandFiles asking(std::string text) {
  BrandFiles files = with_added(
      "facts.yaml",
      "  values: {type: values, purposes: [values, improve], label: {ja: 大切, en: dear}}\n");
  files.files["sources.yaml"] +=
      "  dialogue: {context: dialogue, method: stated, purposes: [values], says: {ja: 質問, en: "
      "asked}}\n";
  files.files["questions.yaml"] = std::move(text);
  return files;
}

}  // namespace

TEST_CASE("[P4] [P5] A question is read with its use and what it gives back") {
  std::ifstream in(AIZUCHI_BRAND_DOC, std::ios::binary);
  const std::string doc{std::istreambuf_iterator<char>(in), {}};
  CHECK(doc.contains("<!-- held by: ground/catalog -->\n```yaml\n" + std::string(taste) + "```\n"));
  const Checked brand = check(asking(std::string(taste)));
  REQUIRE_MESSAGE(brand.ok(), brand.all());
  const OpenQuestion* question = brand.compiled.snapshot->question("taste");
  REQUIRE(question != nullptr);
  CHECK(question->kind == OpenQuestion::Kind::best_worst);
  CHECK(question->at_most == 3);
  CHECK(question->why.in({1}) == "To order the shelf; for nothing else");
  CHECK(question->gives.within == Duration::days(7));
  CHECK(brand.compiled.snapshot->slots[question->gives.slot.index].name == "home.picks");
  CHECK(brand.compiled.snapshot->question("other") == nullptr);
}

TEST_CASE("[P4] [P5] A question without its use, its return, or any of its words is refused") {
  for (const char* line :
       {"  asks: {ja: いちばん大切なのはどれですか, en: What matters most to you?}\n",
        "  why: {ja: 棚の並びのためだけに使います, en: To order the shelf; for nothing else}\n",
        "  kind: best-worst\n", "  sets: values\n", "  purpose: values\n", "    slot: home.picks\n",
        "    within: 7d\n"}) {
    const Checked brand = check(asking(replaced(taste, line, "")));
    CHECK_MESSAGE(!brand.ok(), line);
  }
  for (const auto& [what, instead] :
       {std::pair("within: 7d", "within: 100d"),
        std::pair(", en: We re-ordered this shelf from your answer", ""),
        std::pair("en: What matters most to you?", "de: Welche?"),
        std::pair("id: taste", "id: t t"), std::pair("best-worst", "text"),
        std::pair("sets: values", "sets: job"), std::pair("sets: values", "sets: nothing"),
        std::pair("source: dialogue", "source: none")}) {
    const Checked brand = check(asking(replaced(taste, what, instead)));
    CHECK_MESSAGE(!brand.ok(), instead);
  }
}

TEST_CASE("[P5] A question whose answer could change nothing where it promises to is refused") {
  const Checked elsewhere = check(asking(replaced(taste, "slot: home.picks", "slot: home.hero")));
  CHECK(elsewhere.has("question-give-back", "questions.yaml:1:7: error: "));
  CHECK_FALSE(elsewhere.ok());
  const Checked nowhere = check(asking(replaced(taste, "slot: home.picks", "slot: home.pix")));
  CHECK(nowhere.has("unknown-slot", "questions.yaml:9:"));
  std::string job = replaced(taste, "best-worst", "single");
  job = replaced(job, "sets: values", "sets: job");
  job = replaced(job, "purpose: values", "purpose: layout");
  CHECK(check(asking(job)).has("question-give-back", "questions.yaml:"));
}

TEST_CASE("[P4] What people hold dear is asked by consent, from a source that collects for it") {
  CHECK(check(asking(replaced(taste, "source: dialogue", "source: web")))
            .has("question-source", "questions.yaml:"));
  CHECK(check(asking(replaced(taste, "purpose: values", "purpose: layout")))
            .has("question-purpose", "questions.yaml:"));
}

TEST_CASE("[P1] What people chose is for the deep layer alone: no rule and no file has it") {
  BrandFiles files = asking(std::string(taste));
  files.files["audiences.yaml"] += "\n  chosen: {rule: 'size(facts.values) > 0'}\n";
  CHECK_FALSE(check(files).ok());
  const Checked derived = check(with_added(
      "facts.yaml", "  values: {type: values, derived: visits, label: {ja: 大切, en: dear}}\n"));
  CHECK(derived.has("wrong-value", "facts.yaml:"));
}

}  // namespace aizuchi::ground::catalog
