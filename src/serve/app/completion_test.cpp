#include "serve/app/completion.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "serve/app/command_line.h"
#include "serve/app/command_words.h"

using namespace aizuchi::serve;

namespace {

std::vector<std::string> words(std::vector<std::string> typed) {
  std::vector<std::string> out;
  for (const Proposal& one : proposals(command_shapes(), std::move(typed))) out.push_back(one.word);
  return out;
}

bool has(const std::vector<std::string>& all, std::string_view word) {
  return std::ranges::find(all, word) != all.end();
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("Every command is proposed with what it is for, and is of the table of commands") {
  const auto shapes = command_shapes();
  CHECK(shapes.size() == command_words().size());
  for (const CommandWords& command : command_words())
    CHECK(std::ranges::find(shapes, command.name, &CommandShape::name) != shapes.end());
  const Words first = words({""});
  for (const char* word : {"serve", "check", "keys", "sheet", "completion"})
    CHECK_MESSAGE(has(first, word), word);
  CHECK(words({"ser"}) == Words{"serve"});
  CHECK(words({"keys", ""}).size() == 4);
  CHECK(words({"keys", "cr"}) == Words{"create"});
  CHECK(proposals(shapes, {"ser"})[0].note.starts_with("Run the server"));
}

TEST_CASE("Options of the command are proposed, those that stand there already are not") {
  const Words all = words({"apply", "brand", "--"});
  CHECK(has(all, "--prune"));
  CHECK(has(all, "--json"));
  CHECK_FALSE(has(all, "--slots"));
  CHECK_FALSE(has(words({"apply", "brand", "--prune", "--p"}), "--prune"));
  CHECK(words({"keys", "create", "--sec"}) == Words{"--secret"});
}

TEST_CASE("Values are proposed where they can be listed, also behind = and within a list") {
  CHECK(words({"sheet", "export", "d", "f", "--encoding", ""}) == Words{"utf-8", "cp932"});
  CHECK(words({"decide", "--explain=p"}) == Words{"person"});
  CHECK(words({"decide", "--explain", "=", "o"}) == Words{"operator"});
  CHECK(words({"keys", "create", "--scopes", "ingest,pe"}) == Words{"ingest,people"});
  CHECK(words({"completion", "f"}) == Words{"fish"});
}

TEST_CASE("Files and folders are the shell's own to propose") {
  CHECK(has(words({"check", ""}), ":folders"));
  CHECK(has(words({"sheet", "import", "brand", ""}), ":files"));
  CHECK(words({"serve", "--data", "x"}) == Words{":folders"});
  CHECK(words({"import", "rows.csv", "--mapping", ""}) == Words{":files"});
  CHECK(words({"check", "brand", "x"}).empty());  // it takes one
}

TEST_CASE("What is no command has nothing to propose") {
  CHECK(words({"no-such", ""}).empty());
  CHECK(words({"keys", "no-such", "--"}).empty());
  CHECK_FALSE(words({}).empty());
}
