// One map of a file, read key by key, so that a parser reads like the schema it accepts. Each call
// names a key and what is expected there; a wrong value is a finding and the default goes on. When
// the Fields go out of scope, every key that nobody asked for is an error, with "did you mean".
//
// Threads: one compile, one thread. The Draft and the node outlive it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/catalog/draft.h"
#include "ground/catalog/shapes.h"

namespace aizuchi::ground::catalog {

enum class Need : uint8_t { optional, required };

class Fields {
 public:
  // `what` in words, with its article: "a slot".
  Fields(Draft& draft, const YamlNode& node, std::string_view what);
  ~Fields();
  Fields(const Fields&) = delete;

  // Any value; nullptr when absent or null. Missing but required: an error that says `expected`.
  const YamlNode* node(std::string_view key, std::string_view expected, Need need = Need::optional);
  std::optional<At> name(std::string_view key, std::string_view expected,
                         Need need = Need::optional);
  std::string text(std::string_view key, std::string_view expected, Need need = Need::optional);
  // A list of words; one word alone is a list of one.
  std::vector<At> names(std::string_view key, std::string_view expected,
                        Need need = Need::optional);
  // Text in every locale of the brand, or one string for all.
  Text say(std::string_view key, std::string_view expected, Need need = Need::optional);
  bool flag(std::string_view key, bool otherwise);
  std::optional<double> number(std::string_view key, double min, double max);
  std::optional<int64_t> integer(std::string_view key, int64_t min, int64_t max);
  std::optional<Duration> duration(std::string_view key);
  // The position of the word in `words`.
  std::optional<size_t> choice(std::string_view key, std::initializer_list<std::string_view> words,
                               Need need = Need::optional);
  // Keys that the design names and this version does not read.
  void later(std::initializer_list<std::string_view> keys);
  bool has(std::string_view key) const { return node_.find(key) != nullptr; }

 private:
  const YamlNode* shaped(KeyShape shape, std::string_view expected, Need need);
  void wrong(const YamlNode& value, std::string_view key, std::string_view expected);
  void know(std::string_view key) { known_.emplace_back(key); }

  Draft& draft_;
  const YamlNode& node_;
  Place place_;
  bool silent_;  // the whole is wrong, and that has been said
  std::string what_;
  std::vector<std::string> known_;
  std::vector<std::string> later_;
};

std::string_view kind_word(const YamlNode& node);
At at(const YamlNode& scalar);
// A list of scalars or one scalar; an error for anything else.
std::vector<At> read_names(Draft& draft, const YamlNode& node, std::string_view expected);
Text read_text(Draft& draft, const YamlNode& node, std::string_view expected);
// Text that says the same in every locale.
Text same_text(const Draft& draft, std::string_view text);
std::optional<double> read_number(std::string_view text);
std::optional<int64_t> read_integer(std::string_view text);
std::optional<bool> read_bool(std::string_view text);
// {ja: [words], en: [words]} or a list for all; one list a locale.
std::vector<std::vector<std::string>> read_words_by_locale(Draft& draft, const YamlNode& node,
                                                           std::string_view expected);

// Calls each(name, value) for every entry of a file's map: the file holds {<key>: {name: …}} or the
// entries themselves. Names that are not plain are errors and go on.
template <typename Each>
void read_entries(Draft& draft, std::string_view file, std::string_view key, Each&& each);

// The map of a file's entries, out of its {<key>: …} when it has one; nullptr when the file is
// absent, unread or empty, or is no map (said as a finding).
const YamlNode* entries_of(Draft& draft, std::string_view file, std::string_view key);

template <typename Each>
void read_entries(Draft& draft, std::string_view file, std::string_view key, Each&& each) {
  if (const YamlNode* map = entries_of(draft, file, key))
    for (const auto& [name, value] : map->entries) each(at(name), value);
}

}  // namespace aizuchi::ground::catalog
