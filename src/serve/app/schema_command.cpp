// schema: the JSON Schemas of a brand folder, where editors find them.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/catalog/schema.h"
#include "serve/app/commands.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using ground::SchemaFile;
using ground::Value;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view schema_folder = ".aizuchi/schema";
constexpr std::string_view settings_file = ".vscode/settings.json";

std::string schema_path(const SchemaFile& file) {
  return fmt::format("{}/{}.json", schema_folder, file.name);
}

Result<void> write_file(const fs::path& path, std::string_view text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text << "\n";
  out.flush();
  if (!out)
    return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", path.string()));
  return {};
}

// {"./.aizuchi/schema/slots.json": "slots/*.yaml", …}
Value mapping_of(const std::vector<SchemaFile>& files) {
  ground::ValueMap out;
  for (const SchemaFile& file : files)
    if (file.glob.ends_with(".yaml")) out.emplace_back("./" + schema_path(file), file.glob);
  return Value::map(std::move(out));
}

// The settings with "yaml.schemas" set and everything else as it was; nullopt when the file is not
// plain JSON (comments), which is the owner's to edit.
std::optional<std::string> merged_settings(const std::string& before, const Value& mapping) {
  ground::ValueMap out;
  if (!ground::trim(before).empty()) {
    const auto json = ground::parse_json(before);
    if (!json || !json->is(Value::Kind::map)) return std::nullopt;
    for (const auto& entry : json->as_map())
      if (entry.first.as_string() != "yaml.schemas") out.push_back(entry);
  }
  out.emplace_back("yaml.schemas", mapping);
  return ground::to_json(Value::map(std::move(out)));
}

Outcome print_one(const std::vector<SchemaFile>& files, const std::string& wanted,
                  Terminal& terminal) {
  std::vector<std::string> names;
  for (const SchemaFile& file : files) {
    if (wanted == file.name || wanted == file.glob || wanted == file.name + ".yaml") {
      terminal.data(file.json);
      return exit_ok;
    }
    names.push_back(file.name);
  }
  const std::string meant = ground::nearest(wanted, names);
  return fail(ErrorCode::not_found, fmt::format("There is no schema {}.", wanted),
              meant.empty() ? fmt::format("There are {}.", fmt::join(names, ", "))
                            : fmt::format("Did you mean {}?", meant));
}

}  // namespace

Outcome run_schema(const CommandOptions& options, Terminal& terminal) {
  std::optional<ground::BrandFiles> brand;
  if (!options.argument.empty()) brand = TRY(ground::read_brand_folder(options.argument));
  const auto files = ground::brand_schemas(brand ? &*brand : nullptr);
  if (!options.print.empty()) return print_one(files, options.print, terminal);
  const fs::path folder = options.argument;
  for (const SchemaFile& file : files) TRY(write_file(folder / schema_path(file), file.json));
  terminal.message(fmt::format("{} schemas are in {}.", files.size(),
                               (folder / std::string(schema_folder)).string()));
  const fs::path settings = folder / std::string(settings_file);
  const Value mapping = mapping_of(files);
  const std::string before = fs::exists(settings) ? TRY(read_text_file(settings)) : "";
  if (const auto merged = merged_settings(before, mapping)) {
    TRY(write_file(settings, *merged));
    terminal.message(fmt::format("{} maps them to the files, for VS Code with its YAML extension.",
                                 settings.string()));
  } else {
    terminal.message(
        fmt::format("{} is not plain JSON and stays as it is. Add to it:", settings.string()));
    terminal.data(fmt::format("\"yaml.schemas\": {}", ground::to_json(mapping)));
  }
  terminal.message(
      "Another editor with yaml-language-server takes a first line in each file, such as\n"
      "  # yaml-language-server: $schema=.aizuchi/schema/facts.json        in facts.yaml\n"
      "  # yaml-language-server: $schema=../.aizuchi/schema/items.json     in items/*.yaml");
  return exit_ok;
}

}  // namespace aizuchi::serve
