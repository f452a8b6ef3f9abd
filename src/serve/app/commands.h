// The commands. Each prints its data to stdout and its messages to stderr, and returns an exit
// code; errors it could not go on with are printed by run_command.
#pragma once

#include "ground/base/value.h"
#include "serve/app/command_line.h"
#include "serve/app/server_client.h"
#include "serve/partition/partition.h"

namespace aizuchi::serve {

using Outcome = ground::Result<int>;  // the exit code

Outcome run_demo(const CommandOptions& options, Terminal& terminal);   // demo_command.cpp
Outcome run_serve(const CommandOptions& options, Terminal& terminal);  // serve_command.cpp
Outcome run_check(const CommandOptions& options, Terminal& terminal);  // brand_commands.cpp
Outcome run_plan(const CommandOptions& options, Terminal& terminal);
Outcome run_apply(const CommandOptions& options, Terminal& terminal);
Outcome run_schema(const CommandOptions& options, Terminal& terminal);    // schema_command.cpp
Outcome run_register(const CommandOptions& options, Terminal& terminal);  // register_command.cpp
Outcome run_rollback(const CommandOptions& options, Terminal& terminal);
Outcome run_stop(const CommandOptions& options, Terminal& terminal);  // operation_commands.cpp
Outcome run_products(const CommandOptions& options, Terminal& terminal);
Outcome run_versions(const CommandOptions& options, Terminal& terminal);  // version_commands.cpp
Outcome run_pull(const CommandOptions& options, Terminal& terminal);
Outcome run_completion(const CommandOptions& options, Terminal& terminal);
Outcome run_sheet_export(const CommandOptions& options, Terminal& terminal);  // sheet_command.cpp
Outcome run_sheet_import(const CommandOptions& options, Terminal& terminal);
Outcome run_export(const CommandOptions& options, Terminal& terminal);  // export_command.cpp
Outcome run_import(const CommandOptions& options, Terminal& terminal);  // import_command.cpp
Outcome run_decide(const CommandOptions& options, Terminal& terminal);  // decide_command.cpp
Outcome run_said(const CommandOptions& options, Terminal& terminal);    // and threads
Outcome run_owed(const CommandOptions& options, Terminal& terminal);
Outcome run_why(const CommandOptions& options, Terminal& terminal);  // person_commands.cpp
Outcome run_person(const CommandOptions& options, Terminal& terminal);
Outcome run_purposes(const CommandOptions& options, Terminal& terminal);
Outcome run_correct(const CommandOptions& options, Terminal& terminal);
Outcome run_forget(const CommandOptions& options, Terminal& terminal);
Outcome run_receipt(const CommandOptions& options, Terminal& terminal);
Outcome run_audiences(const CommandOptions& options, Terminal& terminal);  // audience_command.cpp
Outcome run_population(const CommandOptions& options, Terminal& terminal);
Outcome run_choice(const CommandOptions& options, Terminal& terminal);
Outcome run_values(const CommandOptions& options, Terminal& terminal);    // values_command.cpp
Outcome run_felt(const CommandOptions& options, Terminal& terminal);      // felt_command.cpp
Outcome run_odd(const CommandOptions& options, Terminal& terminal);       // odd_command.cpp
Outcome run_webhooks(const CommandOptions& options, Terminal& terminal);  // webhook_command.cpp
Outcome run_keys(const CommandOptions& options, Terminal& terminal);      // key_commands.cpp
Outcome run_doctor(const CommandOptions& options, Terminal& terminal);    // doctor_command.cpp
Outcome run_verify(const CommandOptions& options, Terminal& terminal);
Outcome run_audit_list(const CommandOptions& options, Terminal& terminal);  // audit_command.cpp
Outcome run_audit_verify(const CommandOptions& options, Terminal& terminal);
Outcome run_evaluate_session(const CommandOptions& options,
                             Terminal& terminal);  // evaluate_command.cpp
Outcome run_evaluate_topn(const CommandOptions& options, Terminal& terminal);
Outcome run_evaluate_ope(const CommandOptions& options, Terminal& terminal);
Outcome run_evaluate_propensity(const CommandOptions& options, Terminal& terminal);
Outcome run_evaluate_uplift(const CommandOptions& options, Terminal& terminal);
Outcome run_evaluate_values(const CommandOptions& options, Terminal& terminal);
Outcome run_evaluate_questionnaire(const CommandOptions& options, Terminal& terminal);
Outcome run_evaluate_concern(const CommandOptions& options, Terminal& terminal);
Outcome run_train(const CommandOptions& options, Terminal& terminal);  // train_command.cpp
Outcome run_recommend(const CommandOptions& options, Terminal& terminal);
Outcome run_recommender(const CommandOptions& options,
                        Terminal& terminal);                            // recommender_command.cpp
Outcome run_bench(const CommandOptions& options, Terminal& terminal);   // bench_command.cpp
Outcome run_cel(const CommandOptions& options, Terminal& terminal);     // expression_command.cpp
Outcome run_backup(const CommandOptions& options, Terminal& terminal);  // backup_commands.cpp
Outcome run_restore(const CommandOptions& options, Terminal& terminal);
Outcome run_salvage(const CommandOptions& options, Terminal& terminal);
Outcome run_cel(const CommandOptions& options, Terminal& terminal);  // expression_command.cpp

// ---- what several of them need (commands.cpp)

// The partition of --data, for as long as the command runs. Errors: conflict when a server has it.
ground::Result<std::unique_ptr<Partition>> open_data(const CommandOptions& options);
// For commands that look at what is there, and would make an empty one of a mistyped name. Errors:
// not_found.
ground::Result<void> refuse_new(const CommandOptions& options);
// Is it the lock that another process holds? A master key of another store is a conflict too.
bool is_held(const ground::Error& error);
// --server with the key of --key-file.
ground::Result<ServerAddress> server_of(const CommandOptions& options);
// The answer of --server, a body of JSON.
ground::Result<std::string> ask_at_server(const CommandOptions& options, std::string_view method,
                                          std::string_view target, std::string_view body = "");
// A stop as one line, from its JSON.
std::string stop_line(const ground::Value& stop);
// A member of an answer as text; "" when there is none.
std::string member_text(const ground::Value& object, std::string_view name);
ground::Result<std::string> read_text_file(const std::string& path);
// What the operator at the keyboard may do: everything.
Key operator_key(std::string source = "");
std::string brand_body(const ground::BrandFiles& files);  // {"files":{…}}

}  // namespace aizuchi::serve
