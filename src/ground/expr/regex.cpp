#include "ground/expr/regex.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "ground/base/text.h"

namespace aizuchi::ground {

namespace {

constexpr size_t pattern_bytes_max = 4096;
constexpr int64_t pattern_memory_max = 1 << 20;

class Re2Pattern final : public Pattern {
 public:
  Re2Pattern(std::string_view text, const re2::RE2::Options& options)
      : re_(re2::StringPiece(text.data(), text.size()), options) {}
  bool ok() const { return re_.ok(); }
  const std::string& error() const { return re_.error(); }
  bool found_in(std::string_view text) const override {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), re_);
  }

 private:
  re2::RE2 re_;
};

}  // namespace

std::expected<std::unique_ptr<const Pattern>, std::string> Pattern::compile(std::string_view text) {
  if (text.size() > pattern_bytes_max)
    return std::unexpected(
        fmt::format("expected a pattern of at most {} bytes", pattern_bytes_max));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(pattern_memory_max);
  auto pattern = std::make_unique<const Re2Pattern>(text, options);
  if (!pattern->ok())
    return std::unexpected(fmt::format("expected an RE2 pattern, found '{}': {}", shorten(text, 60),
                                       pattern->error()));
  return pattern;
}

}  // namespace aizuchi::ground
