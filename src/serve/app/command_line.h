// What was asked on the command line: one command and its options, from flags, then AIZUCHI_…
// variables, then aizuchi.toml. Knows the words of every command; the commands themselves are in
// commands.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/app/completion.h"
#include "serve/app/terminal.h"

namespace aizuchi::serve {

// Each command reads the ones it declares; the others keep their defaults.
struct CommandOptions {
  std::string command;  // "serve", "keys create"
  bool json = false;
  // where
  std::string data, keyring, brand, server, key_file, backups;
  std::string listen = "127.0.0.1:8080", admin;
  bool one_port = false;
  size_t people_memory_mib = 0;  // 0: as the engine has it
  // of serve: a second; unset: as limits.h has it, 0: without a limit
  std::optional<uint32_t> limit_address, limit_person, limit_key, limit_newcomers;
  bool core_dumps = false;
  uint32_t shed_after_ms = 20;
  uint32_t limit = 0;  // of a key that is made
  std::vector<std::string> trusted_proxies, webhook_networks;
  std::string tls_certificate, tls_key;
  // which brand folder
  uint64_t version = 0;  // 0: the live one, or the one before it
  bool force = false;
  std::string why;           // of a stop
  std::string persona, now;  // of a preview
  // what
  std::string argument;  // DIR, FILE, ID or EXPR
  std::string source;
  std::string algorithm, kid;  // of a key that person tokens are signed with
  bool public_key = false, secret_key = false;
  std::vector<std::string> scopes, slots;
  std::vector<std::string> names;  // of audiences
  std::string export_to, purpose;  // of their members
  std::string fact, value;         // of a person's: which, and what it is
  std::string anonymous_id, user_id, context, events, explain, locale, later, vars;
  std::string print;           // of schema: the one to print
  std::string mapping;         // of import
  std::string file, encoding;  // of a sheet
  std::string format, to;      // of export
  std::string train, test;     // of an evaluation: its files
  std::string none;            // … and the label that is none of the others
  uint64_t seed = 1;
  size_t top = 10;                    // of recommend: how many
  std::string log;                    // of choices
  std::vector<std::string> policies;  // asked about, from the log
  double clip = 100;                  // of their weights
  struct {                            // of evaluate values
    size_t questions = 5, aside = 15, folds = 5;
    double flip = 0;
    std::string choose = "model";
    std::vector<std::string> options;
  } values;
  struct {  // of evaluate questionnaire
    size_t questions = 10;
    std::string scales;
    std::vector<std::string> items, absent;
  } questionnaire;
  struct {  // of evaluate propensity
    std::string outcome, since;
    bool no_people = false;
  } propensity;
  struct {  // of evaluate uplift
    std::string arm, control, outcome;
    std::vector<std::string> without;
  } uplift;
  bool dry_run = false;
  bool once = false, live = false, replay = false, batch = false, strict = false, prune = false;
  bool everything = false;  // of purposes: each is stopped
  bool count_now = false;   // of population, choice and recommender
  bool digest = false;      // of verify: that alone
  double seconds = 3;       // of ingest, in bench
};

struct Parsed {
  CommandOptions options;
  std::optional<int> exit;  // set: nothing is to be run; `out` and `err` have been filled
  std::string out, err;
};

// Looks at environment variables through `env`, at the file through its text. `config` is asked
// once, with the path of --config or "aizuchi.toml"; nullopt: there is no such file.
struct Surroundings {
  std::function<std::optional<std::string>(const std::string& name)> env;
  std::function<std::optional<std::string>(const std::string& path)> file;
};

Parsed parse_command_line(const std::vector<std::string>& arguments,
                          const Surroundings& surroundings);

// Every command with its options, for the tab key.
std::vector<CommandShape> command_shapes();

// Runs what was parsed (commands.cpp). Exit codes: terminal.h.
int run_command(const CommandOptions& options, Terminal& terminal);

// What `aizuchi` alone says: what it is, and three commands to try.
std::string welcome();

}  // namespace aizuchi::serve
