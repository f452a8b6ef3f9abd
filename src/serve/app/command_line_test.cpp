#include "serve/app/command_line.h"

#include <doctest/doctest.h>

#include <map>

#include "ground/base/json.h"
#include "serve/app/command_words.h"

using namespace aizuchi::serve;

namespace {

struct World {
  std::map<std::string, std::string> env, files;
  Parsed parse(std::vector<std::string> arguments) {
    const auto find = [](const auto& in, const std::string& name) -> std::optional<std::string> {
      const auto at = in.find(name);
      return at == in.end() ? std::nullopt : std::optional(at->second);
    };
    return parse_command_line(arguments,
                              {[&](const std::string& name) { return find(env, name); },
                               [&](const std::string& path) { return find(files, path); }});
  }
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> out;
  while (!line.empty()) {
    const size_t space = std::min(line.find(' '), line.size());
    if (space > 0) out.emplace_back(line.substr(0, space));
    line.remove_prefix(std::min(line.size(), space + 1));
  }
  return out;
}

}  // namespace

TEST_CASE("Aizuchi alone says what it is and three commands to try") {
  const Parsed parsed = World().parse({});
  CHECK(parsed.exit == exit_ok);
  for (const char* command : {"aizuchi demo", "aizuchi decide", "aizuchi serve"})
    CHECK(contains(parsed.out, command));
}

TEST_CASE("`help` is --help, and as JSON says every command with every option") {
  CHECK(World().parse({"help", "serve"}).out == World().parse({"serve", "--help"}).out);
  CHECK(World().parse({"help"}).out == World().parse({"--help"}).out);
  const auto json = aizuchi::ground::parse_json(World().parse({"help", "--json"}).out);
  REQUIRE(json.has_value());
  const auto& commands = json->find("commands")->as_list();
  REQUIRE(commands.size() == command_words().size());
  for (const auto& command : commands) {
    const std::string& name = command.find("name")->as_string();
    auto arguments = words(name);
    arguments.emplace_back("--help");
    const std::string help = World().parse(arguments).out;
    CHECK_FALSE(command.find("options")->as_list().empty());
    for (const auto& option : command.find("options")->as_list())
      CHECK_MESSAGE(contains(help, option.find("name")->as_string()), name);
  }
}

TEST_CASE("Help of every command begins with its examples") {
  for (const CommandWords& command : command_words()) {
    auto arguments = words(command.name);
    arguments.emplace_back("--help");
    const Parsed parsed = World().parse(arguments);
    CHECK(parsed.exit == exit_ok);
    const size_t examples = parsed.out.find("Examples:\n  ");
    REQUIRE_MESSAGE(examples != std::string::npos, parsed.out);
    CHECK(examples < parsed.out.find("Usage:"));
    CHECK(contains(parsed.out, std::string(command.examples)));
  }
}

TEST_CASE("A mistyped command or option is answered with what was meant") {
  World world;
  const auto wrong = [&](std::string_view line, std::string_view says) {
    const Parsed parsed = world.parse(words(line));
    CHECK(parsed.exit == exit_usage);
    CHECK_MESSAGE(contains(parsed.err, says), parsed.err);
  };
  wrong("serv", "Did you mean serve?");
  wrong("serve --dta x", "Did you mean --data?");
  wrong("keys creat --data x", "Did you mean create?");
  wrong("plan brand --sever=http://x", "Did you mean --server?");
  wrong("check", "check needs DIR.");
  wrong("plan brand", "plan needs --data or --server.");
  wrong("keys create --source web --data d", "--public or --secret");
  wrong("keys", "keys create");
  wrong("serve --config nowhere.toml --data d", "");
}

TEST_CASE(
    "A flag wins over a variable, a variable over the file, the command's section over its top") {
  World world;
  const auto data = [&](std::string_view line) { return world.parse(words(line)).options.data; };
  world.files["aizuchi.toml"] =
      "data = \"from-file\"\n[serve]\ndata = \"from-section\"\none-port = true\n";
  CHECK(data("keys list") == "from-file");
  CHECK(data("serve") == "from-section");
  CHECK(world.parse({"serve"}).options.one_port);
  world.env["AIZUCHI_DATA"] = "from-env";
  CHECK(data("serve") == "from-env");
  CHECK(data("serve --data from-flag") == "from-flag");
  world.env["AIZUCHI_KEY_FILE"] = "admin.key";
  CHECK(world.parse({"keys", "list"}).options.key_file == "admin.key");
}

TEST_CASE("A setting that no command knows is a mistake, and another file can be named") {
  World world;
  world.files["aizuchi.toml"] = "dta = \"x\"\n";
  const Parsed parsed = world.parse({"keys", "list"});
  CHECK(parsed.exit == exit_usage);
  CHECK(contains(parsed.err, "Did you mean data?"));
  world.files["other.toml"] = "data = \"there\"\n";
  CHECK(world.parse({"--config", "other.toml", "keys", "list"}).options.data == "there");
  CHECK(world.parse({"--config", "none.toml", "keys", "list"}).exit == exit_usage);
}

TEST_CASE("Lists are split at commas, and nested commands have one name") {
  const Parsed parsed = World().parse(
      words("keys create --source web --secret --scopes ingest,people --data d --json"));
  REQUIRE_FALSE(parsed.exit.has_value());
  CHECK(parsed.options.command == "keys create");
  CHECK(parsed.options.scopes == std::vector<std::string>{"ingest", "people"});
  CHECK(parsed.options.json);
  CHECK(parsed.options.secret_key);
}
