// A brand on its way from files to a Snapshot. The parsers (parse_*.cpp) fill it file by file and
// keep a pointer to each expression and each piece of copy; compile_*.cpp turns those into
// programs; lint_*.cpp reads the whole. Whatever has an error is still there under its name, so
// that one mistake is reported once and not again by everything that refers to it.
//
// Threads: one compile, one thread; it lives as long as compile_brand().
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ground/catalog/brand_folder.h"
#include "ground/catalog/findings.h"
#include "ground/catalog/snapshot.h"
#include "ground/catalog/yaml_tree.h"
#include "ground/expr/time_zone.h"

namespace aizuchi::ground::catalog {

class Shapes;

// A word of a file and where it stands.
struct At {
  std::string text;
  Place place;
};

// The names of one kind, by position in the Snapshot's vector.
struct Names {
  std::string_view kind;  // "purpose"
  std::string_view file;  // where they are declared, "purposes.yaml" or "slots/"
  std::map<std::string, uint32_t, std::less<>> at = {};
};

struct Copy {
  size_t locale = 0;
  std::string field;
  const YamlNode* node = nullptr;
};

// A variable of a template and where it stands.
struct Variable {
  ReadId read = 0;
  At at;
};

struct WordingDraft {
  const YamlNode* when = nullptr;
  std::vector<At> speaks;
  std::vector<Copy> copy;
  std::vector<Variable> variables;
};

struct ItemDraft {
  const YamlNode* when = nullptr;
  const YamlNode* boost = nullptr;
  std::vector<At> speaks;
  std::vector<At> promises;  // parallel to Item::promises: where each stands
  std::vector<At> slot_names;
  std::vector<SlotId> slots;           // where it shows, as a candidate or a fallback
  std::vector<WordingDraft> wordings;  // in the order of Item::wordings
};

struct SlotDraft {
  std::vector<At> of;
  std::optional<At> fallback;  // a word or the name of an item
};

// The number that a scale compares: in the file, or written for it (rfm).
struct ScaleDraft {
  const YamlNode* of = nullptr;
  std::string text;
};

struct NormPattern {
  size_t norm = 0;
  At pattern;
};

struct Draft {
  Draft(const BrandFiles& brand_files, const Vocabulary& known)
      : files(brand_files), vocabulary(known) {}
  Draft(const Draft&) = delete;

  const BrandFiles& files;
  Vocabulary vocabulary;  // a copy: it goes back only when there is no error
  Snapshot out;
  std::unique_ptr<const TimeZone> zone;  // of the brand; null is UTC
  Findings findings;
  Shapes* shapes = nullptr;                            // written down there, when asked for
  std::map<std::string, YamlNode, std::less<>> trees;  // by path; those that could be read
  std::set<std::string, std::less<>> broken;           // paths of those that could not
  bool locales_known = true;  // off when brand.yaml does not say them: any will do

  Names purposes{"purpose", "purposes.yaml"};
  Names contexts{"context", "contexts.yaml"};
  Names sources{"source", "sources.yaml"};
  Names events{"event", "events.yaml"};
  Names facts{"fact", "facts.yaml"};
  Names axes{"axis", "creed.yaml"};
  Names phases{"phase", "brand.yaml"};
  Names concerns{"concern", "concerns.yaml"};  // and expectations.yaml
  Names audiences{"audience", "audiences.yaml"};
  Names scales{"scale", "population.yaml"};
  Names questions{"question", "questions.yaml"};
  const YamlNode* felt = nullptr;  // of brand.yaml; read once purposes are known
  Names slots{"slot", "slots/"};
  Names items{"item", "items/"};

  std::vector<ItemDraft> item_drafts;         // parallel to out.items
  std::vector<SlotDraft> slot_drafts;         // parallel to out.slots
  std::vector<const YamlNode*> fact_derived;  // parallel to out.facts; may be nullptr
  std::vector<const YamlNode*> phase_rules;   // parallel to out.phases; may be nullptr
  std::vector<const YamlNode*> signals;       // parallel to out.concerns; may be nullptr
  std::vector<At> audience_names;             // out.audiences is filled when their rules compile
  std::vector<std::string> audience_titles;
  std::vector<const YamlNode*> audience_rules;
  std::vector<ScaleDraft> scale_drafts;                // parallel to out.scales
  std::vector<NormPattern> norm_patterns;              // checked when the facts are known
  std::vector<std::vector<std::string>> voice_avoids;  // per locale

  void error(const Place& place, std::string_view rule, std::string_view text,
             std::string expected) {
    findings.error(place, rule, text, std::move(expected));
  }
  void error(const At& at, std::string_view rule, std::string expected) {
    findings.error(at.place, rule, at.text, std::move(expected));
  }

  // Gives the name its position; an error when it is taken.
  void declare(Names& names, const At& name, size_t position);
  // The position of a name; an error "unknown-<kind>" when there is none (said once: not when the
  // file that declares them could not be read).
  std::optional<uint32_t> resolve(const Names& names, const At& name);
  // The file, or one below the folder, could not be read.
  bool unread(std::string_view file) const;
  // An id from the vocabulary; an error when its table is full.
  uint16_t intern(Vocabulary::Table table, const At& name);

  PurposeId purpose(const At& name);
  PurposeSet purpose_set(const std::vector<At>& names);
  ContextId context(const At& name);
  std::optional<size_t> locale(std::string_view tag) const;
};

std::vector<std::string> words_of(const Names& names);
// Of "threads", "threads.open", "threads.cart", "threads.cart.open" what follows the first dot;
// nullopt for any other name.
std::optional<std::string_view> threads_field(std::string_view name);
// Names stand in addresses and flag keys: letters, digits, '.', '_', '-' (OpenFeature flag keys).
bool plain_name(std::string_view name);
// Names that CEL reads: identifiers joined by dots.
bool cel_name(std::string_view name);

}  // namespace aizuchi::ground::catalog
