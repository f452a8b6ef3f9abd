// The stage of the sample: every scene played through the engine. A scene has a partition of its
// own, in memory, with the brand published, its own clock, and its events sent through the keys of
// their sources; then all its slots are decided in one question. What the visitor taps is sent the
// same way, and the clock may be moved on. The page, the terminal and the tests look at the same
// stage.
//
// Promises: nothing that is told was written by hand but the "ordinary" side; what was held back
// comes from the engine; the same moment of a scene gives the same answer every time, whoever asks
// and whatever was asked before (its dice are seeded, and taps are part of the question).
// Threads: one, as a partition. Cost: a scene is set up once, about 30 ms, and once more for each
// row of taps (the last sixteen are kept); telling it takes less than a millisecond.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/dice.h"
#include "ground/base/time.h"
#include "serve/demo/demo_files.h"
#include "serve/demo/demo_scene.h"
#include "serve/partition/answer.h"

namespace aizuchi::serve {

struct DemoHeldBack {
  std::string what, why;
  std::string slot;  // "" for what was not even kept
};

// What the visitor did, and how long after the scene's clock.
struct DemoTapped {
  std::string tap;
  ground::Duration later;
};

// When a scene is looked at.
struct DemoMoment {
  ground::Duration later;  // after the scene's clock
  std::vector<DemoTapped> tapped;
};
// later: "7d", or ""; tapped: "undo@0s,again@7d", or "". Errors: invalid.
ground::Result<DemoMoment> parse_moment(std::string_view later, std::string_view tapped);

// One scene, told: valid until the stage is asked again.
struct DemoTold {
  const DemoScene* scene = nullptr;
  std::string locale;  // one of the brand's
  DemoMoment moment;
  std::vector<std::string> allowed;  // the purposes that stand granted
  Answer answer;
  std::vector<DemoHeldBack> held_back;
};

// An item somebody tries to publish beside the others, and what publishing says to it.
struct DemoAttempt {
  std::vector<std::pair<std::string, std::string>> says;  // locale and sentence
  std::vector<ground::Finding> findings;                  // of that item only
  std::optional<DemoTold> told;                           // the scene with it, when it was asked
  bool refused() const;
};

class DemoStage {
 public:
  // Errors: invalid, naming the scene or the brand folder's first finding.
  static ground::Result<std::unique_ptr<DemoStage>> open(const DemoFiles& files);
  ~DemoStage();

  std::vector<const DemoScene*> scenes() const;  // in the order of their names
  // Decides the scene's slots at that moment, as a preview. Errors: not_found; invalid: an unknown
  // tap, a tap before an earlier one, more than eight of them, more than two years.
  ground::Result<DemoTold> tell(std::string_view id, std::string_view locale,
                                const DemoMoment& moment = {});

  // The item of demo/scenes/refused-item.yaml, with these sentences in place of its own (by locale;
  // those not named stay). With a scene, and nothing to refuse, it is published – for that scene,
  // in a partition of its own, until the next attempt – and the scene is told with it.
  ground::Result<DemoAttempt> try_publish(
      const std::vector<std::pair<std::string, std::string>>& says, std::string_view scene = "",
      std::string_view locale = "");

  const ground::Snapshot& snapshot() const;

 private:
  struct Set;  // a scene with its partition
  DemoStage();
  ground::Result<Set*> find(std::string_view id);
  ground::Result<Set*> after_taps(Set& set, const DemoMoment& moment);

  ground::BrandFiles brand_;
  std::string refused_item_;
  std::vector<std::unique_ptr<Set>> sets_;
  std::deque<std::unique_ptr<Set>> tapped_;  // the newest last
  std::unique_ptr<Set> published_;
};

// ---- as JSON: the shapes of docs/demo.md
std::string scenes_json(const DemoStage& stage, std::string_view locale);
std::string told_json(const DemoTold& told);
std::string attempt_json(const DemoAttempt& attempt);

}  // namespace aizuchi::serve
