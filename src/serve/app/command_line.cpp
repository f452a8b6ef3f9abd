// With serve_options.cpp, evaluate_options.cpp and settings_file.cpp, what reads CLI11.
#include "serve/app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/app/command_words.h"
#include "serve/app/evaluate_options.h"
#include "serve/app/serve_options.h"
#include "serve/app/settings_file.h"

namespace aizuchi::serve {

namespace {

constexpr std::string_view sources_note =
    "Every option can also be set as a variable AIZUCHI_<OPTION> (AIZUCHI_DATA) or in "
    "aizuchi.toml;\na flag wins over a variable, a variable over the file. See docs/cli.md.";

// Examples first: most people came for one.
class ExamplesFirst : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    std::string out = app->get_description() + "\n\n";
    if (!app->get_footer().empty()) out += "Examples:\n" + app->get_footer() + "\n";
    out += make_usage(app, std::move(name)) + make_positionals(app) + make_groups(app, mode) +
           make_subcommands(app, mode);
    return out + "\n" + std::string(sources_note) + "\n";
  }
};

const CommandWords& words_of(std::string_view name) {
  return *std::ranges::find(command_words(), name, &CommandWords::name);
}

// The commands and their options, bound to one CommandOptions.
class Grammar {
 public:
  explicit Grammar(CommandOptions& out) : o_(out) {
    app_.name("aizuchi");
    app_.description("Aizuchi: personalization that people recognise themselves in.");
    app_.footer(
        "  aizuchi demo\n"
        "  aizuchi decide --brand demo/tsumugi --slots home.hero\n"
        "  aizuchi serve --data data --brand demo/tsumugi\n"
        "  aizuchi check demo/tsumugi\n");
    app_.formatter(std::make_shared<ExamplesFirst>());
    app_.set_version_flag("--version", "aizuchi " AIZUCHI_VERSION);
    app_.add_option("--config", config_path, "The file of settings (aizuchi.toml)");
    app_.require_subcommand(0, 1);
    add_serving();
    add_publishing();
    add_operation();
    add_people();
    add_audiences();
    add_keys();
    add_webhooks();
  }

  CLI::App& app() { return app_; }
  std::string config_path;

  // The command that was named, down to "keys create"; nullptr when none was.
  CLI::App* chosen(std::string& name) {
    CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      name += (name.empty() ? "" : " ") + at->get_name();
    }
    return at == &app_ ? nullptr : at;
  }

 private:
  CLI::App* command(CLI::App& under, std::string_view full_name) {
    const CommandWords& words = words_of(full_name);
    CLI::App* sub = under.add_subcommand(std::string(full_name.substr(full_name.rfind(' ') + 1)),
                                         std::string(words.summary));
    sub->footer(std::string(words.examples));
    sub->add_flag("--json", o_.json, "Print JSON");
    return sub;
  }
  // Commands of two words under their first; its help shows the examples of all.
  CLI::App* group(std::string_view name, const char* summary) {
    CLI::App* sub = app_.add_subcommand(std::string(name), summary);
    std::string examples;
    for (const CommandWords& words : command_words())
      if (words.name.starts_with(std::string(name) + " ")) examples += words.examples;
    sub->footer(examples);
    sub->require_subcommand(0, 1);
    return sub;
  }
  void data(CLI::App* sub, const char* note = "The data directory") {
    sub->add_option("--data", o_.data, note);
    sub->add_option("--keyring", o_.keyring, "Where people's keys are (DATA-keys)");
  }
  void server(CLI::App* sub) {
    sub->add_option("--server", o_.server, "A running server's admin URL, instead of --data");
    sub->add_option("--key-file", o_.key_file, "A file that holds a secret key");
  }
  CLI::App* both(CLI::App* sub) {
    data(sub);
    server(sub);
    return sub;
  }
  void add_serving() {
    CLI::App* demo = command(app_, "demo");
    demo->add_flag("--once", o_.once, "Print the scenes in the terminal and end");
    demo->add_option("--later", o_.later, "With --once: that much later, such as 7d");
    demo->add_option("--locale", o_.locale, "ja or en (what LANG says)");
    demo->add_option("--listen", o_.listen, "Address and port (the next free one when taken)");
    CLI::App* serve = command(app_, "serve");
    data(serve);
    add_serve_options(*serve, o_);
    CLI::App* doctor = command(app_, "doctor");
    data(doctor);
    doctor->add_option("--server", o_.server, "A running server's URL, instead of --data");
    command(app_, "completion")->add_option("SHELL", o_.argument, "bash, zsh or fish");
    CLI::App* verify = command(app_, "verify");
    data(verify);
    verify->add_flag("--digest", o_.digest, "Print only the digest of what is stored");
    CLI::App* audit = group("audit", "Who changed what, and whether the log of it is whole.");
    for (const char* name : {"audit list", "audit verify"}) {
      CLI::App* sub = command(*audit, name);
      data(sub);
      server(sub);
    }
    CLI::App* bench = command(app_, "bench");
    bench->add_option("DIR", o_.argument, "The brand folder");
    bench->add_option("--seconds", o_.seconds, "How long events are sent (3)")
        ->check(CLI::Range(0.1, 600.0));
    bench->add_option("--in", o_.to, "The directory to measure in (the temporary one)");
    add_backups();
    add_evaluation();
    CLI::App* cel = command(app_, "cel");
    cel->add_option("EXPR", o_.argument, "The expression");
    cel->add_option("--vars", o_.vars, "Its variables, as a JSON object");
    cel->add_flag("--batch", o_.batch, "Read {\"expr\",\"vars\"} lines from standard input");
  }
  void add_evaluation() {
    CLI::App* evaluate = group("evaluate", "Measure how well it understands, on plain files.");
    CLI::App* train = group("train", "Make a model from plain files, to be kept and asked.");
    for (const CommandWords& words : command_words())
      for (CLI::App* under : {evaluate, train})
        if (words.name.starts_with(under->get_name() + " "))
          add_evaluate_options(*command(*under, words.name), o_);
    add_recommend_options(*command(app_, "recommend"), o_);
  }
  void add_backups() {
    CLI::App* backup = command(app_, "backup");
    backup->add_option("TO", o_.argument, "A new directory; with --server a name");
    both(backup);
    CLI::App* restore = command(app_, "restore");
    restore->add_option("BACKUP", o_.argument, "The directory that backup made");
    data(restore, "A new or empty directory");
    CLI::App* salvage = command(app_, "salvage");
    salvage->add_option("DAMAGED", o_.argument, "The data directory that no longer opens");
    data(salvage, "A new or empty directory");
  }
  void add_publishing() {
    CLI::App* schema = command(app_, "schema");
    schema->add_option("DIR", o_.argument, "The brand folder");
    schema->add_option("--print", o_.print, "Print one schema instead: facts, slots, items …");
    CLI::App* reg = command(app_, "register");
    reg->add_option("DIR", o_.argument, "The brand folder");
    reg->add_option("--to", o_.to, "The file to write (standard output)");
    reg->add_option("--format", o_.format, "md, html, csv, json (by the name of --to, or md)");
    reg->add_option("--locale", o_.locale, "ja or en (the brand's first language)");
    reg->add_option("--table", o_.print, "Only processing, or only transmissions");
    add_sheet();
    for (const char* name : {"check", "plan", "apply"}) {
      CLI::App* sub = command(app_, name);
      sub->add_option("DIR", o_.argument, "The brand folder");
      sub->add_flag("--strict", o_.strict, "Fail on warnings too");
      if (name == std::string_view("check")) continue;
      data(sub);
      server(sub);
      if (name == std::string_view("apply"))
        sub->add_flag("--prune", o_.prune, "Also remove what the folder no longer has");
    }
    CLI::App* pull = command(app_, "pull");
    pull->add_option("DIR", o_.argument, "The folder to write to");
    pull->add_option("--version", o_.version, "A version that is kept (the live one)");
    pull->add_flag("--force", o_.force, "Overwrite files that differ");
    CLI::App* rollback = command(app_, "rollback");
    rollback->add_option("N", o_.version, "The version (the one before the live one)");
    for (CLI::App* sub : {pull, rollback, command(app_, "versions")}) {
      data(sub);
      server(sub);
    }
  }
  void add_sheet() {
    CLI::App* sheet = group("sheet", "Copy out to a spreadsheet and back.");
    for (const char* name : {"sheet export", "sheet import"}) {
      CLI::App* sub = command(*sheet, name);
      sub->add_option("DIR", o_.argument, "The brand folder");
      sub->add_option("FILE", o_.file, "The sheet, a CSV file");
      sub->add_option("--encoding", o_.encoding, "utf-8 or cp932 (Excel's Shift_JIS)");
      if (name == std::string_view("sheet import"))
        sub->add_flag("--dry-run", o_.dry_run, "Show the difference; change nothing");
    }
  }
  void add_operation() {
    CLI::App* stop = group("stop", "Take something out of every answer, at once.");
    CLI::App* start = group("start", "Lift a stop, at once.");
    for (const char* name :
         {"stop item", "stop channel", "stop list", "start item", "start channel"}) {
      const std::string_view full = name;
      CLI::App* sub = command(full.starts_with("stop") ? *stop : *start, full);
      data(sub);
      server(sub);
      if (full.ends_with("list")) continue;
      sub->add_option("NAME", o_.argument,
                      full.ends_with("item") ? "The item or product" : "web, email, chat, push, …");
      if (full.starts_with("stop")) sub->add_option("--why", o_.why, "The reason, for the list");
    }
    CLI::App* products = command(app_, "products");
    products->add_option("FILE", o_.argument, "CSV (.csv) or lines of JSON; - is standard input");
    both(products);
  }
  void add_people() {
    CLI::App* import = command(app_, "import");
    import->add_option("FILE", o_.argument, "Lines of JSON, or a table; - is standard input");
    import->add_option("--source", o_.source, "Where they come from: one of sources.yaml");
    import->add_option("--mapping", o_.mapping, "What the columns of a table mean (docs/cli.md)");
    import->add_flag("--dry-run", o_.dry_run, "Show the first rows as facts; import nothing");
    import->add_option("--brand", o_.brand, "The brand folder, with --dry-run or --server");
    both(import);
    CLI::App* out = command(app_, "export");
    out->add_option("WHAT", o_.argument, "people, events, decisions or items");
    out->add_option("--format", o_.format, "ndjson or csv (by the name of --to, else ndjson)");
    out->add_option("--to", o_.to, "A file, instead of standard output");
    out->add_option("--purpose", o_.purpose, "Only what may be used for this purpose now");
    both(out);
    CLI::App* decide = command(app_, "decide");
    data(decide, "The data directory (left out: nobody is known)");
    decide->add_option("--brand", o_.brand, "A brand folder, when there is no --data");
    decide->add_option("--slots", o_.slots, "The places to fill, with commas between")
        ->delimiter(',');
    who(decide);
    decide->add_option("--context", o_.context, "page, device …, as a JSON object");
    decide->add_option("--locale", o_.locale, "The language of the answer");
    decide->add_option("--events", o_.events, "A file with events that belong to the question");
    decide->add_option("--source", o_.source, "Where those events come from (the first source)");
    decide->add_option("--explain", o_.explain, "person or operator");
    decide->add_option("--as", o_.persona, "A file that describes someone: facts, consents, …");
    decide->add_option("--now", o_.now, "Another moment, 2026-12-24T18:00:00+09:00");
    decide->add_flag("--live", o_.live, "Count it and keep its record");
    decide->add_option("--server", o_.server, "A running server's URL, instead of --data");
    decide->add_option("--key-file", o_.key_file, "A file that holds a secret key");
    for (const char* name : {"said", "threads"}) {
      CLI::App* told = command(app_, name);
      told->add_option("--source", o_.source, "With --data: one of sources.yaml (the first)");
      told->add_option("FILE", o_.argument, "Lines of JSON; - is standard input");
      both(told);
    }
    CLI::App* why = command(app_, "why");
    why->add_option("ID", o_.argument, "The decision's id");
    why->add_flag("--replay", o_.replay, "Fail when the record does not give the same answer");
    data(why);
    const auto one = [this](CLI::App* sub) {
      sub->add_option("ID", o_.argument, "The user id");
      sub->add_option("--anonymous-id", o_.anonymous_id, "A device's id, instead of ID");
    };
    CLI::App* person = command(app_, "person");
    one(person);
    person->add_option("--export", o_.export_to,
                       "Write what the person may be given: FILE.json, .html");
    person->add_option("--locale", o_.locale, "Of a page: ja or en");
    both(person);
    CLI::App* correct = command(app_, "correct");
    one(correct);
    correct->add_option("--fact", o_.fact, "The fact's name, of facts.yaml");
    correct->add_option("--value", o_.value, "What is right, as JSON; a bare word is a text");
    both(correct);
    CLI::App* purposes = command(app_, "purposes");
    one(purposes);
    purposes->add_option("--stop", o_.purpose, "Take this purpose back for them");
    purposes->add_flag("--stop-all", o_.everything, "Take every purpose back for them");
    purposes->add_option("--locale", o_.locale, "Of the purposes' words: ja or en");
    both(purposes);
    CLI::App* forget = command(app_, "forget");
    one(forget);
    forget->add_option("--fact", o_.fact, "Only this: a fact, or what was counted or computed");
    both(forget);
    CLI::App* receipt = command(app_, "receipt");
    receipt->add_option("FILE", o_.argument, "What `aizuchi forget` printed; - is stdin");
    both(receipt);
  }
  void add_audiences() {
    for (const char* name : {"owed", "felt"}) both(command(app_, name));
    CLI::App* audiences = command(app_, "audiences");
    audiences->add_option("NAME", o_.names, "Only these, and what they have together");
    audiences->add_option("--export", o_.export_to, "Write the members of NAME there; - is stdout");
    audiences->add_option("--for", o_.purpose, "What the members are wanted for: a purpose");
    both(audiences);
    both(command(app_, "population"))
        ->add_flag("--count-now", o_.count_now, "Count everyone now, not at night");
    for (const char* name : {"choice", "values", "recommender"})
      both(command(app_, name))->add_flag("--learn-now", o_.count_now, "Learn now, not later");
    CLI::App* odd = group("odd", "What people said feels odd; use it again.");
    both(command(*odd, "odd list"));
    CLI::App* resume = both(command(*odd, "odd resume"));
    resume->add_option("ITEM", o_.argument, "The item; @ and a slot for a shelf or an order");
    resume->add_option("FACT", o_.fact, "What was used there, as the list names it");
  }
  void who(CLI::App* sub) {
    sub->add_option("--user-id", o_.user_id, "The user's id");
    sub->add_option("--anonymous-id", o_.anonymous_id, "The device's id");
  }
  void add_keys() {
    CLI::App* keys = group("keys", "Make, trust, list and revoke keys.");
    CLI::App* create = command(*keys, "keys create");
    create->add_option("--source", o_.source, "Where its events come from: one of sources.yaml");
    create->add_flag("--public", o_.public_key, "For pages: may send events and ask");
    create->add_flag("--secret", o_.secret_key, "For servers: may do what its scopes say");
    create
        ->add_option("--scopes", o_.scopes,
                     "Of a secret key: ingest,decide,people,privacy,brand,admin")
        ->delimiter(',');
    create->add_option("--limit", o_.limit, "Requests a second with it (what serve says)")
        ->check(CLI::Range(1, 1'000'000));
    CLI::App* revoke = command(*keys, "keys revoke");
    revoke->add_option("ID", o_.argument, "The key's id");
    CLI::App* trust = command(*keys, "keys trust");
    trust->add_option("FILE", o_.argument, "A public key in PEM; for HS256 the secret's text");
    trust->add_option("--algorithm", o_.algorithm, "EdDSA, ES256, RS256 or HS256");
    trust->add_option("--kid", o_.kid, "What tokens name the key by (made from the key)");
    for (CLI::App* sub : {create, revoke, trust, command(*keys, "keys list")}) both(sub);
  }
  void add_webhooks() {
    CLI::App* webhooks = group("webhooks", "Tell other systems what people change.");
    CLI::App* add = command(*webhooks, "webhooks add");
    add->add_option("URL", o_.argument, "Where messages go; https");
    add->add_option("--events", o_.names, "What it is told of, with commas")->delimiter(',');
    both(add);
    both(command(*webhooks, "webhooks list"));
    for (const char* name :
         {"webhooks rotate", "webhooks test", "webhooks skip", "webhooks remove"})
      both(command(*webhooks, name))->add_option("ID", o_.argument, "The webhook's id");
  }
  CommandOptions& o_;
  CLI::App app_;
};

std::string env_name(std::string option) {
  std::ranges::replace(option, '-', '_');
  for (char& c : option) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return "AIZUCHI_" + option;
}

void collect_options(const CLI::App& app, std::vector<std::string>& out) {
  for (const CLI::Option* option : app.get_options())
    if (!option->get_lnames().empty()) out.push_back(option->get_lnames().front());
  for (const CLI::App* sub : app.get_subcommands({})) collect_options(*sub, out);
}

Parsed failure(const std::string& what, const std::string& hint) {
  Parsed out;
  out.exit = exit_usage;
  out.err = (what.starts_with("aizuchi") ? what : "aizuchi: " + what) + "\n";
  if (!hint.empty()) out.err += "  " + hint + "\n";
  return out;
}

// Gives what was not on the command line its value from the environment or the file.
void fill(CLI::App& command, const std::string& name, const SettingsFile& settings,
          const Surroundings& surroundings) {
  for (CLI::Option* option : command.get_options()) {
    if (option->count() > 0 || option->get_positional() || option->get_lnames().empty()) continue;
    const std::string& word = option->get_lnames().front();
    // Other programs' AIZUCHI_VERSION is the program's own, not a brand folder's.
    if (word == "help" || word == "version") continue;
    if (const auto value = surroundings.env(env_name(word)); value && !value->empty())
      option->add_result(*value);
    else if (const auto* inputs = settings.find(name, word))
      for (const std::string& input : *inputs) option->add_result(input);
    else
      continue;
    option->run_callback();
  }
}

std::string needs_hint(const CommandWords& words) {
  const std::string_view examples = words.examples;
  const std::string_view line = examples.substr(0, examples.find('\n'));
  return "For example: " + std::string(ground::trim(line));
}

std::optional<Parsed> missing(const CLI::App& command, const CommandWords& words) {
  for (const auto& any_of : words.needs) {
    std::string said;
    bool given = false;
    for (const std::string_view name : any_of) {
      const bool positional = std::isupper(static_cast<unsigned char>(name.front())) != 0;
      const std::string word = (positional ? "" : "--") + std::string(name);
      const CLI::Option* option = command.get_option_no_throw(word);
      given = given || (option != nullptr && option->count() > 0);
      said += (said.empty() ? "" : " or ") + word;
    }
    if (!given) return failure(std::string(words.name) + " needs " + said + ".", needs_hint(words));
  }
  return std::nullopt;
}

// An unknown word: a command, or an option of the command that was named.
Parsed unknown_word(Grammar& grammar, const std::vector<std::string>& arguments) {
  std::string name;
  const CLI::App* command = grammar.chosen(name);
  const CLI::App& at = command == nullptr ? grammar.app() : *command;
  const auto rest = grammar.app().remaining(true);
  const std::string word = rest.empty() ? arguments.back() : rest.front();
  std::vector<std::string> candidates;
  if (word.starts_with("-")) {
    for (const CLI::Option* option : at.get_options())
      if (!option->get_lnames().empty()) candidates.push_back("--" + option->get_lnames().front());
  } else {
    for (const CLI::App* sub : at.get_subcommands({})) candidates.push_back(sub->get_name());
  }
  const std::string meant = ground::nearest(word.substr(0, word.find('=')), candidates);
  const std::string full = name.empty() ? "aizuchi" : "aizuchi " + name;
  const std::string kind = word.starts_with("-") ? "option" : name.empty() ? "command" : "word";
  return failure(
      full + " has no " + kind + " " + word + ".",
      meant.empty() ? full + " --help shows what it has." : "Did you mean " + meant + "?");
}

void write_option(ground::JsonWriter& json, const CLI::Option& option) {
  const bool positional = option.get_positional();
  const std::string name = positional ? option.get_name(true) : "--" + option.get_lnames().front();
  json.object().member("name", name).member("says", option.get_description());
  json.member("value", !positional && option.get_items_expected_max() > 0);
  json.end_object();
}

// Every command and its options as the parser knows them: what docs are made from.
std::string commands_json(Grammar& grammar) {
  ground::JsonWriter json;
  json.object().key("commands").array();
  for (const CommandWords& words : command_words()) {
    const CLI::App* at = &grammar.app();
    std::istringstream path{std::string(words.name)};
    for (std::string word; path >> word;) at = at->get_subcommand(word);
    json.object().member("name", words.name).member("summary", words.summary);
    json.key("examples").array();
    std::istringstream examples{std::string(words.examples)};
    for (std::string line; std::getline(examples, line);) json.value(ground::trim(line));
    json.end_array().key("options").array();
    for (const CLI::Option* option : at->get_options())
      if (option->get_positional() || option->get_lnames().front() != "help")
        write_option(json, *option);
    json.end_array().key("needs").array();
    for (const auto& any_of : words.needs) {
      json.array();
      for (const std::string_view name : any_of) json.value(name);
      json.end_array();
    }
    json.end_array().end_object();
  }
  return json.end_array().end_object().take() + "\n";
}

Parsed finish(Grammar& grammar, CommandOptions& options, const Surroundings& surroundings) {
  Parsed out;
  std::string name;
  CLI::App* command = grammar.chosen(name);
  if (command == nullptr) {
    out.exit = exit_ok;
    out.out = welcome();
    return out;
  }
  if (!command->get_subcommands({}).empty()) {  // "keys" alone
    out.exit = exit_usage;
    out.err = command->help();
    return out;
  }
  SettingsFile settings;
  const bool named = !grammar.config_path.empty();
  const std::string path = named ? grammar.config_path : "aizuchi.toml";
  if (const auto text = surroundings.file(path)) {
    settings = SettingsFile::read(*text);
    std::vector<std::string> known;
    collect_options(grammar.app(), known);
    if (const std::string unknown = settings.unknown(known); !unknown.empty()) {
      const std::string meant = ground::nearest(unknown, known);
      return failure(path + " sets " + unknown + ", which no command knows.",
                     meant.empty() ? "" : "Did you mean " + meant + "?");
    }
  } else if (named) {
    return failure("There is no file " + path + ".", "");
  }
  fill(*command, name, settings, surroundings);
  if (auto wrong = missing(*command, words_of(name))) return *std::move(wrong);
  options.command = name;
  out.options = options;
  return out;
}

Takes takes_of(const std::string& name) {
  for (const char* folder :
       {"DIR", "TO", "BACKUP", "DAMAGED", "--brand", "--data", "--keyring", "--backups", "--in"})
    if (name == folder) return Takes::folder;
  for (const char* file :
       {"FILE", "--events", "--mapping", "--key-file", "--config", "--to", "--tls-cert",
        "--tls-key", "--train", "--test", "--valid", "--log", "--model"})
    if (name == file) return Takes::file;
  return Takes::text;
}

void add_shapes(const CLI::App& app, const std::string& name, std::vector<CommandShape>& out) {
  for (const CLI::App* sub : app.get_subcommands({}))
    add_shapes(*sub, (name.empty() ? "" : name + " ") + sub->get_name(), out);
  if (name.empty() || !app.get_subcommands({}).empty()) return;
  CommandShape shape{.name = name, .summary = app.get_description(), .options = {}};
  for (const CLI::Option* option : app.get_options()) {
    const bool positional = option->get_positional();
    if (!positional && option->get_lnames().empty()) continue;
    OptionShape one{.name = positional ? option->get_name() : "--" + option->get_lnames().front(),
                    .note = option->get_description()};
    one.choices = option_choices(name, one.name);
    const bool flag = option->get_expected_max() == 0;
    one.takes = flag ? Takes::nothing : one.choices.empty() ? takes_of(one.name) : Takes::choice;
    shape.options.push_back(std::move(one));
  }
  out.push_back(std::move(shape));
}

}  // namespace

std::vector<CommandShape> command_shapes() {
  CommandOptions options;
  Grammar grammar(options);
  std::vector<CommandShape> out;
  add_shapes(grammar.app(), "", out);
  return out;
}

Parsed parse_command_line(const std::vector<std::string>& arguments,
                          const Surroundings& surroundings) {
  // What a shell asks at the tab key: words as they stand, finished or not.
  if (arguments.size() >= 3 && arguments[0] == "completion" && arguments[1] == "words") {
    Parsed out;
    out.exit = exit_ok;
    out.out = proposal_lines(proposals(command_shapes(), {arguments.begin() + 3, arguments.end()}));
    return out;
  }
  CommandOptions options;
  Grammar grammar(options);
  if (!arguments.empty() && arguments.front() == "help") {
    std::vector<std::string> asked(arguments.begin() + 1, arguments.end());
    if (asked == std::vector<std::string>{"--json"})
      return {.exit = exit_ok, .out = commands_json(grammar)};
    asked.emplace_back("--help");
    return parse_command_line(asked, surroundings);
  }
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    grammar.app().parse(reversed);
    return finish(grammar, options, surroundings);
  } catch (const CLI::ExtrasError&) {
    return unknown_word(grammar, arguments);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    Parsed parsed;
    const int code = grammar.app().exit(error, out, err);
    if (code == 0) {
      parsed.exit = exit_ok;
      parsed.out = out.str();
      return parsed;
    }
    return failure(error.what(), "aizuchi COMMAND --help shows its options.");
  }
}

}  // namespace aizuchi::serve
