#include "serve/app/commands.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "serve/app/command_words.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

struct Command {
  std::string_view name;
  Outcome (*run)(const CommandOptions&, Terminal&);
};

constexpr Command table[] = {
    {"demo", run_demo},
    {"serve", run_serve},
    {"check", run_check},
    {"plan", run_plan},
    {"apply", run_apply},
    {"import", run_import},
    {"decide", run_decide},
    {"why", run_why},
    {"register", run_register},
    {"person", run_person},
    {"purposes", run_purposes},
    {"correct", run_correct},
    {"forget", run_forget},
    {"receipt", run_receipt},
    {"cel", run_cel},
    {"webhooks add", run_webhooks},
    {"webhooks list", run_webhooks},
    {"webhooks rotate", run_webhooks},
    {"webhooks test", run_webhooks},
    {"webhooks skip", run_webhooks},
    {"webhooks remove", run_webhooks},
    {"keys create", run_keys},
    {"keys list", run_keys},
    {"keys revoke", run_keys},
    {"keys trust", run_keys},
    {"doctor", run_doctor},
    {"schema", run_schema},
    {"versions", run_versions},
    {"pull", run_pull},
    {"rollback", run_rollback},
    {"completion", run_completion},
    {"export", run_export},
    {"sheet export", run_sheet_export},
    {"sheet import", run_sheet_import},
    {"audiences", run_audiences},
    {"population", run_population},
    {"choice", run_choice},
    {"values", run_values},
    {"felt", run_felt},
    {"odd list", run_odd},
    {"odd resume", run_odd},
    {"stop item", run_stop},
    {"stop channel", run_stop},
    {"stop list", run_stop},
    {"start item", run_stop},
    {"start channel", run_stop},
    {"products", run_products},
    {"verify", run_verify},
    {"said", run_said},
    {"threads", run_said},
    {"owed", run_owed},
    {"bench", run_bench},
    {"recommender", run_recommender},
    {"train topn", run_train},
    {"train session", run_train},
    {"recommend", run_recommend},
    {"evaluate session", run_evaluate_session},
    {"evaluate topn", run_evaluate_topn},
    {"evaluate ope", run_evaluate_ope},
    {"evaluate values", run_evaluate_values},
    {"evaluate questionnaire", run_evaluate_questionnaire},
    {"evaluate concern", run_evaluate_concern},
    {"evaluate propensity", run_evaluate_propensity},
    {"evaluate uplift", run_evaluate_uplift},
    {"audit list", run_audit_list},
    {"audit verify", run_audit_verify},
    {"backup", run_backup},
    {"restore", run_restore},
    {"salvage", run_salvage},
};

}  // namespace

int run_command(const CommandOptions& options, Terminal& terminal) {
  const auto* command = std::ranges::find(table, options.command, &Command::name);
  AIZ_ASSERT(command != std::end(table));
  const Outcome outcome = command->run(options, terminal);
  if (outcome) return *outcome;
  terminal.error(outcome.error());
  return exit_code(outcome.error());
}

Outcome run_completion(const CommandOptions& options, Terminal& terminal) {
  auto script = completion_script(options.argument);
  if (!script) {
    const std::string meant =
        ground::nearest(options.argument, option_choices("completion", "SHELL"));
    return fail(ErrorCode::invalid, fmt::format("There is no completion for {}.", options.argument),
                meant.empty() ? "There is one for bash, zsh and fish."
                              : fmt::format("Did you mean {}?", meant));
  }
  script->pop_back();
  terminal.data(*script);
  return exit_ok;
}

bool is_held(const ground::Error& error) {
  return error.code == ErrorCode::conflict && error.message.ends_with("in use by another server");
}

Result<std::unique_ptr<Partition>> open_data(const CommandOptions& options) {
  auto opened =
      Partition::open({.data_directory = options.data, .keyring_directory = options.keyring});
  if (!opened && is_held(opened.error()))
    return fail(ErrorCode::conflict,
                fmt::format("Another process has {} open, probably a server.", options.data),
                "Stop it, or use --server with its admin URL where the command has it.");
  return opened;
}

Result<void> refuse_new(const CommandOptions& options) {
  struct stat info{};
  if (::stat((options.data + "/CURRENT").c_str(), &info) == 0) return {};
  return fail(ErrorCode::not_found,
              fmt::format("{} is not a data directory: it has no CURRENT.", options.data),
              "One is made by `aizuchi apply DIR --data NEW`; of a damaged one `aizuchi salvage` "
              "keeps what is left.");
}

Result<std::string> read_text_file(const std::string& path) {
  std::ostringstream out;
  if (path == "-") {
    out << std::cin.rdbuf();
    return out.str();
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", path));
  out << in.rdbuf();
  return out.str();
}

Result<ServerAddress> server_of(const CommandOptions& options) {
  ServerAddress out{.url = options.server, .key = ""};
  if (options.key_file.empty()) return out;
  const std::string text = TRY(read_text_file(options.key_file));
  out.key = ground::trim(std::string_view(text).substr(0, text.find('\n')));
  return out;
}

Result<std::string> ask_at_server(const CommandOptions& options, std::string_view method,
                                  std::string_view target, std::string_view body) {
  const ServerAddress server = TRY(server_of(options));
  return ask_server_json(server, method, target, body);
}

std::string member_text(const ground::Value& object, std::string_view name) {
  const ground::Value* found = object.find(name);
  return found == nullptr || found->is_null() ? "" : ground::to_display(*found);
}

Key operator_key(std::string source) {
  return {.id = "operator",
          .secret = true,
          .source = std::move(source),
          .scopes = {Scope::ingest, Scope::decide, Scope::people, Scope::privacy, Scope::brand,
                     Scope::admin}};
}

std::string brand_body(const ground::BrandFiles& files) {
  ground::JsonWriter json;
  json.object().key("files").object();
  for (const auto& [path, text] : files.files) json.member(path, text);
  return json.end_object().end_object().take();
}

}  // namespace aizuchi::serve
