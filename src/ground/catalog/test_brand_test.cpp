#include "ground/catalog/test_brand.h"

namespace aizuchi::ground::catalog {

BrandFiles small_brand() {
  static const auto files = read_brand_folder(AIZUCHI_TEST_BRAND);
  REQUIRE(files.has_value());
  return *files;
}

std::vector<Finding> Checked::of(std::string_view rule) const {
  std::vector<Finding> out;
  std::ranges::copy_if(compiled.findings, std::back_inserter(out),
                       [&](const Finding& f) { return f.rule == rule; });
  return out;
}

bool Checked::has(std::string_view rule, std::string_view line_start) const {
  return std::ranges::any_of(
      of(rule), [&](const Finding& f) { return format_finding(f).starts_with(line_start); });
}

std::string Checked::all() const {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

Checked check(const BrandFiles& files) {
  Vocabulary vocabulary;
  Checked out{compile_brand(files, vocabulary, 1), {}};
  for (const Finding& finding : out.compiled.findings) out.lines.push_back(format_finding(finding));
  const bool errors = std::ranges::any_of(
      out.compiled.findings, [](const Finding& f) { return f.severity == Severity::error; });
  CHECK(out.ok() == !errors);
  CHECK((out.ok() || vocabulary.changes() == 0));
  return out;
}

std::string at(const BrandFiles& files, std::string_view file, std::string_view text) {
  const std::string& bytes = files.files.at(std::string(file));
  const size_t found = bytes.find(text);
  REQUIRE(found != std::string::npos);
  size_t line = 1;
  size_t column = 1;
  for (const char c : std::string_view(bytes).substr(0, found)) {
    if (c == '\n')
      ++line, column = 1;
    else if ((c & 0xc0) != 0x80)
      ++column;
  }
  return std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
}

BrandFiles with(std::string_view file, std::string_view text, std::string_view instead) {
  BrandFiles out = small_brand();
  std::string& bytes = out.files[std::string(file)];
  const size_t at = bytes.find(text);
  REQUIRE(at != std::string::npos);
  bytes.replace(at, text.size(), instead);
  return out;
}

BrandFiles with_added(std::string_view file, std::string_view text) {
  BrandFiles out = small_brand();
  out.files[std::string(file)] += text;
  return out;
}

}  // namespace aizuchi::ground::catalog
