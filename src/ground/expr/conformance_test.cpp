#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "ground/base/json.h"
#include "ground/expr/cel_command.h"
#include "ground/expr/typed_json.h"

using namespace aizuchi::ground;

namespace {

// Not supported on purpose, justified in docs/cel.md: none.
const std::map<std::string, std::string> unsupported = {};

Value load_cases() {
  std::ifstream file(AIZUCHI_CONFORMANCE_DIR "/cel/cel-open.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto json = parse_json(widen_numbers(text.str()), {.depth_max = 500});
  REQUIRE_MESSAGE(json.has_value(), (json ? "" : json.error().message));
  return *json;
}

// The typed JSON of the suite, written the way evaluate_batch_line writes it: asking for a variable
// that holds the wanted value.
std::string canonical(const Value& want) {
  JsonWriter line;
  line.object().member("expr", "x").key("vars").object().member("x", want);
  line.end_object().end_object();
  return evaluate_batch_line(line.view());
}

void run(const Value& test) {
  const Value& want = *test.find("want");
  const std::string got = evaluate_batch_line(to_json(test));
  CAPTURE(to_json(*test.find("expr")));
  CAPTURE(to_json(want));
  if (want.find("error"))
    CHECK(got.starts_with("{\"error\":"));
  else if (const std::string wanted = canonical(want); wanted.starts_with("{\"value\":"))
    CHECK(got == wanted);
  else
    FAIL_CHECK("the wanted value is not understood: " << wanted);
}

}  // namespace

TEST_CASE("Every case of the CEL specification's conformance suite gives the value it should") {
  const Value cases = load_cases();
  int count = 0;
  for (const Value& test : cases.find("cases")->as_list()) {
    if (unsupported.contains(test.find("file")->as_string())) continue;
    CAPTURE(test.find("id")->as_string());
    run(test);
    ++count;
  }
  CHECK(count == 848);
}
