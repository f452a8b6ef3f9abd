#include "ground/catalog/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "ground/base/text.h"

namespace aizuchi::ground {

std::string_view to_string(Severity severity) {
  static constexpr std::string_view words[] = {"error", "warning", "note"};
  return words[static_cast<size_t>(severity)];
}

std::string format_finding(const Finding& finding) {
  std::string out = finding.place.file;
  if (finding.place.line > 0) out += fmt::format(":{}", finding.place.line);
  if (finding.place.line > 0 && finding.place.column > 0)
    out += fmt::format(":{}", finding.place.column);
  if (!out.empty()) out += ": ";
  out += fmt::format("{}: {}", to_string(finding.severity), finding.rule);
  if (!finding.text.empty()) out += fmt::format(": '{}'", finding.text);
  out += ": ";
  return out += finding.expected;
}

namespace catalog {

namespace {
constexpr size_t same_max = 200;  // of one rule in one file
}

void Findings::error(const Place& place, std::string_view rule, std::string_view text,
                     std::string expected) {
  ++errors_;
  add({Severity::error, place, std::string(rule), shorten(text, 60), std::move(expected)});
}

void Findings::warning(const Place& place, std::string_view rule, std::string_view text,
                       std::string expected) {
  ++warnings_;
  add({Severity::warning, place, std::string(rule), shorten(text, 60), std::move(expected)});
}

void Findings::add(Finding finding) {
  // Text that stands for all locales is looked at once for each.
  const Place& at = finding.place;
  if (at.column > 0 &&
      !said_.emplace(at.file, at.line, at.column, finding.rule + finding.text + finding.expected)
           .second)
    return;
  if (++by_file_and_rule_[{finding.place.file, finding.rule}] <= same_max)
    findings_.push_back(std::move(finding));
}

std::vector<Finding> Findings::take() {
  for (const auto& [key, count] : by_file_and_rule_) {
    if (count <= same_max) continue;
    const auto same = std::ranges::find_if(findings_, [&](const Finding& f) {
      return f.place.file == key.first && f.rule == key.second;
    });
    findings_.push_back({same->severity,
                         {key.first, UINT32_MAX, 0},
                         key.second,
                         "",
                         fmt::format("and {} more like the {} above", count - same_max, same_max)});
  }
  // Equal places keep the order they were found in.
  std::multimap<std::tuple<std::string, uint32_t, uint32_t>, Finding> sorted;
  for (Finding& f : std::exchange(findings_, {}))
    sorted.emplace(std::tuple(f.place.file, f.place.line, f.place.column), std::move(f));
  std::vector<Finding> out;
  for (auto& [place, f] : sorted) {
    if (f.place.line == UINT32_MAX) f.place.line = 0;
    out.push_back(std::move(f));
  }
  return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

std::string list_of(const std::vector<std::string>& words, size_t max) {
  std::string out;
  for (size_t i = 0; i < words.size() && i < max; ++i) {
    if (i > 0) out += ", ";
    out += words[i];
  }
  if (words.size() > max) out += ", …";
  return out;
}

}  // namespace catalog
}  // namespace aizuchi::ground
