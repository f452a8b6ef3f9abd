// The stage of the sample: every scene played through the engine. A scene has a partition of its
// own, in memory, with the brand published, its own clock, and its events sent through the keys of
// their sources; then all its slots are decided in one question. The page, the terminal and the
// tests look at the same stage.
//
// Promises: nothing that is told was written by hand but the "ordinary" side; what was held back
// comes from the engine; the same scene gives the same answer every time (its dice are seeded).
// Threads: one, as a partition. Cost: a scene is set up once, about 20 ms; telling it takes less
// than a millisecond.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/dice.h"
#include "ground/base/time.h"
#include "serve/demo/demo_files.h"
#include "serve/demo/demo_scene.h"
#include "serve/partition/partition.h"

namespace aizuchi::serve {

struct DemoHeldBack {
  std::string what, why;
  std::string slot;  // "" for what was not even kept
};

// One scene, told: valid until the next call for the same scene.
struct DemoTold {
  const DemoScene* scene = nullptr;
  std::string locale;  // one of the brand's
  Answer answer;
  std::vector<DemoHeldBack> held_back;
};

// An item somebody tries to publish beside the others, and what publishing says to it.
struct DemoRefusal {
  std::vector<std::pair<std::string, std::string>> says;  // locale and sentence
  std::vector<ground::Finding> findings;                  // of that item only
  bool refused() const;
};

class DemoStage {
 public:
  // Errors: invalid, naming the scene or the brand folder's first finding.
  static ground::Result<std::unique_ptr<DemoStage>> open(const DemoFiles& files);
  ~DemoStage();

  std::vector<const DemoScene*> scenes() const;  // in the order of their names
  // Decides the scene's slots now, as a preview. Errors: not_found.
  ground::Result<DemoTold> tell(std::string_view id, std::string_view locale);
  // Asks live, as a page would: counted and remembered, so that a second time may differ.
  ground::Result<DemoTold> visit(std::string_view id, std::string_view locale);

  // The item of demo/scenes/refused-item.yaml, with these sentences in place of its own (by locale;
  // those not named stay). Nothing is published.
  ground::Result<DemoRefusal> try_publish(
      const std::vector<std::pair<std::string, std::string>>& says);

  const ground::Snapshot& snapshot() const;

 private:
  struct Set;  // a scene with its partition
  DemoStage();
  ground::Result<Set*> find(std::string_view id);
  ground::Result<DemoTold> ask(Set& set, std::string_view locale, ground::Mode mode);

  ground::BrandFiles brand_;
  std::string refused_item_;
  std::vector<std::unique_ptr<Set>> sets_;
};

// ---- as JSON: the shapes of docs/demo.md
std::string scenes_json(const DemoStage& stage, std::string_view locale);
std::string told_json(const DemoTold& told);
std::string refusal_json(const DemoRefusal& refusal);

}  // namespace aizuchi::serve
