// register: what a brand folder says about the processing of personal data, for the file of the
// privacy officer and the page that visitors read.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "ground/catalog/brand_folder.h"
#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"
#include "serve/app/commands.h"
#include "serve/app/register.h"
#include "serve/tables/table_writer.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr std::string_view formats[] = {"md", "html", "csv", "json"};

Result<std::string> format_of(const CommandOptions& options) {
  std::string format = options.format;
  const size_t dot = options.to.rfind('.');
  if (format.empty() && dot != std::string::npos) format = options.to.substr(dot + 1);
  if (format.empty()) format = "md";
  if (std::ranges::find(formats, format) == std::end(formats))
    return fail(ErrorCode::invalid, fmt::format("\"{}\" is no format of a register.", format),
                "It is md, html, csv or json.");
  return format;
}

Result<RegisterLanguage> language_of(const CommandOptions& options, const ground::Snapshot& brand) {
  const std::string wanted = options.locale.empty() ? brand.locales.front() : options.locale;
  if (wanted.starts_with("ja")) return RegisterLanguage::japanese;
  if (wanted.starts_with("en") || options.locale.empty()) return RegisterLanguage::english;
  return fail(ErrorCode::invalid, "A register is made in Japanese or English.",
              "Give --locale ja or --locale en.");
}

Result<void> keep_table(Register& all, const std::string& wanted) {
  if (wanted.empty()) return {};
  std::erase_if(all.tables, [&](const RegisterTable& table) { return table.id != wanted; });
  if (all.tables.empty())
    return fail(ErrorCode::invalid, fmt::format("There is no table \"{}\".", wanted),
                "It is processing or transmissions.");
  return {};
}

Result<std::string> csv(const Register& all) {
  if (all.tables.size() != 1)
    return fail(ErrorCode::invalid, "A CSV file holds one table.",
                "Give --table processing or --table transmissions.");
  const RegisterTable& table = all.tables.front();
  TableWriter writer(Charset::utf8);
  TRY(writer.row(table.columns, "", table.columns));
  for (const auto& row : table.rows) TRY(writer.row(row, row.front(), table.columns));
  return writer.take();
}

Result<std::string> written(const Register& all, std::string_view format) {
  if (format == "csv") return csv(all);
  if (format == "html") return register_html(all);
  return format == "json" ? register_json(all) : register_markdown(all);
}

}  // namespace

Outcome run_register(const CommandOptions& options, Terminal& terminal) {
  const std::string format = TRY(format_of(options));
  ground::Vocabulary names;
  const ground::Compiled compiled =
      ground::compile_brand(TRY(ground::read_brand_folder(options.argument)), names, 1);
  if (!compiled.snapshot) {
    for (const ground::Finding& finding : compiled.findings)
      if (finding.severity == ground::Severity::error)
        terminal.message(ground::format_finding(finding));
    return fail(ErrorCode::invalid, "The folder has errors.", "`aizuchi check` names all of them.");
  }
  Register all = register_of(*compiled.snapshot, TRY(language_of(options, *compiled.snapshot)));
  TRY(keep_table(all, options.print));
  std::string text = TRY(written(all, format));
  if (options.to.empty()) {
    while (text.ends_with('\n')) text.pop_back();
    terminal.data(text);
    return exit_ok;
  }
  std::ofstream file(options.to, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush())
    return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", options.to));
  terminal.message(
      fmt::format("Written to {}. It says what the folder says: where things are "
                  "stored and who advises you is yours to add.",
                  options.to));
  return exit_ok;
}

}  // namespace aizuchi::serve
