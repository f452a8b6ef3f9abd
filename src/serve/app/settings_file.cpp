#include "serve/app/settings_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace aizuchi::serve {

SettingsFile SettingsFile::read(const std::string& text) {
  std::istringstream in(text);
  SettingsFile out;
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(in)) {
    if (item.name == "++" || item.name == "--") continue;  // where a section begins and ends
    Setting setting{.section = {}, .name = item.name, .values = item.inputs};
    for (const std::string& parent : item.parents)
      setting.section += (setting.section.empty() ? "" : " ") + parent;
    out.settings_.push_back(std::move(setting));
  }
  return out;
}

const std::vector<std::string>* SettingsFile::find(const std::string& command,
                                                   const std::string& name) const {
  const std::vector<std::string>* general = nullptr;
  for (const Setting& setting : settings_) {
    if (setting.name != name) continue;
    if (setting.section == command) return &setting.values;
    if (setting.section.empty() || setting.section == "default") general = &setting.values;
  }
  return general;
}

std::string SettingsFile::unknown(const std::vector<std::string>& known) const {
  for (const Setting& setting : settings_)
    if (std::ranges::find(known, setting.name) == known.end()) return setting.name;
  return "";
}

}  // namespace aizuchi::serve
