// What the file of settings (aizuchi.toml) says for a command: its own [section], else the top.
#pragma once

#include <string>
#include <vector>

namespace aizuchi::serve {

class SettingsFile {
 public:
  // Throws CLI::ParseError, as the rest of the grammar does.
  static SettingsFile read(const std::string& text);

  // Its values for a command's option; nullptr when it has none.
  const std::vector<std::string>* find(const std::string& command, const std::string& name) const;
  // A setting that no command knows is a typing mistake; "" when there is none.
  std::string unknown(const std::vector<std::string>& known) const;

 private:
  struct Setting {
    std::string section, name;
    std::vector<std::string> values;
  };
  std::vector<Setting> settings_;
};

}  // namespace aizuchi::serve
