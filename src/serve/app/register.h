// What a brand folder says about the processing of personal data, as tables: the register of
// processing activities (GDPR article 30; a purpose a row), and what visitors are told about
// external transmissions (Japan: Telecommunications Business Act, article 27-12, in force since
// June 2023; a recipient a row). In Japanese or English.
// Threads: pure. Cost: one pass over the folder's tables.
#pragma once

#include <string>
#include <vector>

namespace aizuchi::ground {
struct Snapshot;
}

namespace aizuchi::serve {

struct RegisterTable {
  std::string id;           // "processing", "transmissions"
  std::string title, none;  // what stands in place of no rows
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // several lines in a cell: '\n'
};

struct Register {
  std::string lang, title;
  std::vector<std::pair<std::string, std::string>> head;  // who answers for it
  std::vector<RegisterTable> tables;
};

enum class RegisterLanguage : uint8_t { japanese, english };
Register register_of(const ground::Snapshot& brand, RegisterLanguage language);

std::string register_markdown(const Register& all);
std::string register_html(const Register& all);
std::string register_json(const Register& all);

}  // namespace aizuchi::serve
