// How things fail. Four voices (STYLE.md): a *refusal* is a domain answer with a sentence, an
// *Error* is this file, a *bug* stops the process (AIZ_ASSERT), a *foreign exception* is caught in
// the .cpp that called the library. A message says what, where, what was expected, what to do, and
// never holds personal data. HTTP status codes are chosen in serve/http only.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace aizuchi::ground {

enum class ErrorCode {
  invalid,       // the input is wrong; sending it again will not help
  unauthorized,  // no valid key or proof
  forbidden,     // a valid key without the right
  not_found,
  conflict,      // already exists, or held by another process
  too_large,     // above a named limit
  busy,          // try again later
  unavailable,   // storage has failed or is closed
  storage_full,  // below the disk watermark
  corrupted,     // stored bytes do not check
  unsupported,   // a newer format, or a part of a spec that is not supported
  internal,      // a bug in Aizuchi
};

// One lower-case word for JSON and logs.
std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;    // what, where, what was expected
  std::string hint = {};  // what to do about it; may be empty
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(hint)});
}

[[noreturn]] void assertion_failed(const char* what, const char* file, int line);

}  // namespace aizuchi::ground

// The value of a Result, or return its error from the function around.
#define TRY(...)                                              \
  ({                                                          \
    auto&& try_result_ = (__VA_ARGS__);                       \
    if (!try_result_) [[unlikely]]                            \
      return std::unexpected(std::move(try_result_).error()); \
    *std::move(try_result_);                                  \
  })

// A broken assumption is a bug: stop at once, the log replays. On in every build.
#define AIZ_ASSERT(condition)                                              \
  do {                                                                     \
    if (!(condition)) [[unlikely]]                                         \
      ::aizuchi::ground::assertion_failed(#condition, __FILE__, __LINE__); \
  } while (false)
