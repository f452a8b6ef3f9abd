// Why, in the person's words (P3, P6): from the facts that were read by what decided, one plain
// sentence each, naming the layer that spoke and the source, in Japanese and English. The layers in
// plain words: surface suits what someone does or told (「…に合わせて」), memory remembers it
// (「…を覚えていて」), resonance keeps to what matters to them (「大切にされていることに沿って」);
// where none spoke it is said that everyone sees this. The why-panel is a display context of its
// own, private to the viewer; what was inferred is told by what it was inferred from, never as a
// conclusion. No date or count is recited: the date comes beside, on demand. Threads: pure. Cost: a
// few string joins.
#pragma once

#include <string>
#include <vector>

#include "ground/catalog/snapshot.h"
#include "respect/admission/admission.h"

namespace aizuchi::understand {
enum class Path : uint8_t;  // understand/recommend/suggested.h
}  // namespace aizuchi::understand

namespace aizuchi::speak {

struct Sentence {
  std::string text;    // 「会員登録のときに『職種: 営業』と教えてくださったことに合わせて」
  std::string source;  // the source in plain words
  std::string about;   // the fact's label, or "" for behaviour
  ground::Instant at;
  bool personal = false;
  ground::ReadId read = 0;  // of a personal one: what it tells of
};

// What is explained: the layer that spoke, and what was read for it.
struct Spoken {
  ground::Layer layer = ground::Layer::none;
  const std::vector<ground::ReadId>& touched;
};
// One or two sentences; never empty: with nothing personal it says that everyone sees this. The
// first names the layer. Where values spoke, what they are not known from is told as surface.
std::vector<Sentence> why_sentences(const ground::Snapshot& snapshot,
                                    const respect::Admission& admission, const Spoken& spoken,
                                    ground::LocaleId locale);
// Why a product is shown to which the view of this one led, on such a path: the read (products
// viewed) must be sayable where it is asked.
struct Led {
  const ground::Product& by;
  understand::Path path;
  ground::Layer layer = ground::Layer::none;
};
Sentence viewed_sentence(const ground::Snapshot& snapshot, const respect::Admitted& viewed,
                         const Led& led, ground::LocaleId locale);
// Of what many look at, shown to everyone.
Sentence popular_sentence(const ground::Snapshot& snapshot, ground::LocaleId locale);
// Where something was used and for which layer: "on our pages, to suit you".
std::string used_words(const ground::Snapshot& snapshot, const ground::Slot& slot,
                       ground::Layer layer, ground::LocaleId locale);
// For the operator and the demo: what is known and was held back, and why.
struct HeldBack {
  std::string what;  // the fact's label, or the behaviour
  std::string why;
};
HeldBack held_back(const ground::Snapshot& snapshot, const respect::Withheld& withheld,
                   ground::LocaleId locale);
// What a read is called to a person: the fact's label, or the behaviour in plain words.
std::string read_label(const ground::Snapshot& snapshot, const ground::Read& read,
                       ground::LocaleId locale);
// … and, of what is counted, what it is narrowed to: "the things you looked at (light-roast)".
std::string narrow_label(const ground::Snapshot& snapshot, const ground::Read& read,
                         ground::LocaleId locale);

}  // namespace aizuchi::speak
