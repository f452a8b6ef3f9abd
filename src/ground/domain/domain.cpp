#include "ground/domain/domain.h"

#include <array>
#include <span>

#include "ground/base/hash.h"

namespace aizuchi::ground {

namespace {

constexpr std::array<std::string_view, 4> level_words{"deny", "ask", "rank", "say"};
constexpr std::array<std::string_view, 5> method_words{"stated", "told_to_staff", "observed",
                                                       "imported", "inferred"};
constexpr std::array<std::string_view, 4> subject_words{"self", "family", "gift", "company"};
constexpr std::array<std::string_view, 4> assurance_words{"A0", "A1", "A2", "A3"};
constexpr std::array<std::string_view, 3> basis_words{"contract", "notice", "consent"};
constexpr std::array<std::string_view, 4> layer_words{"none", "surface", "memory", "resonance"};
constexpr std::array<std::string_view, 3> shape_words{"one", "list", "order"};
constexpr std::array<std::string_view, 6> channel_words{"web",     "email", "chat",
                                                        "account", "push",  "api"};
constexpr std::array<std::string_view, 5> intent_words{"tell", "help", "sell", "thank", "listen"};
constexpr std::array<std::string_view, 4> mode_words{"live", "preview", "bot", "replay"};
constexpr std::array<std::string_view, 4> thread_kind_words{"inquiry", "cart", "meeting",
                                                            "promise"};
constexpr std::array<std::string_view, 3> thread_state_words{"open", "answered", "resolved"};

template <typename Enum>
std::optional<Enum> find_word(std::span<const std::string_view> words, std::string_view word) {
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

#define AIZ_WORDS(Enum, words)                                  \
  std::string_view to_string(Enum v) {                          \
    return words[static_cast<size_t>(v)];                       \
  }                                                             \
  template <>                                                   \
  std::optional<Enum> parse_enum<Enum>(std::string_view word) { \
    return find_word<Enum>(words, word);                        \
  }
AIZ_WORDS(Level, level_words)
AIZ_WORDS(Method, method_words)
AIZ_WORDS(Subject, subject_words)
AIZ_WORDS(Assurance, assurance_words)
AIZ_WORDS(Basis, basis_words)
AIZ_WORDS(Layer, layer_words)
AIZ_WORDS(Shape, shape_words)
AIZ_WORDS(Channel, channel_words)
AIZ_WORDS(Intent, intent_words)
AIZ_WORDS(Mode, mode_words)
AIZ_WORDS(ThreadKind, thread_kind_words)
AIZ_WORDS(ThreadState, thread_state_words)
#undef AIZ_WORDS

ItemKey item_key(std::string_view kind, std::string_view name) {
  std::string text(kind);
  text += ':';
  text += name;
  return siphash(Key128{}, text);
}

}  // namespace aizuchi::ground
