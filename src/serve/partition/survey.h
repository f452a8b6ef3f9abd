// Whom a folder would reach, asked before it is published: stages one to three of a decision
// (recall, admit, qualify) for each slot and each of some people, on what the guard admits there.
// From the counts come the findings that need people: an item that nobody qualifies for, an empty
// cell of the coverage map (phase × concern × slot × channel) that has people in it, and what a
// reader of the new words can conclude, with how many readers.
//
// A cell of the map never differs between locales: copy that lacks one is an error
// (missing-locale).
//
// Promises: counts below 20 are never told apart, so that a publisher cannot look at one person
// through a rule (k ≥ 20); nothing is written, charged or recorded. Threads: the partition's. Cost:
// about a decision's first three stages per slot and person, at most 2,000 people whatever their
// number; with more, a sample from a random place (ids are random), and the counts say "about".
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decide/pipeline/pipeline.h"
#include "ground/catalog/brand_folder.h"

namespace aizuchi::serve {

class Survey {
 public:
  static constexpr uint32_t people_max = 2'000;

  // `live` is what is published now; `changed_items` are those whose words the publish changes.
  Survey(std::shared_ptr<const ground::Snapshot> snapshot, const ground::Snapshot& live,
         std::vector<std::string> changed_items,
         std::shared_ptr<const ground::Population> population);

  void look_at(const respect::Handle& person, ground::Instant now);
  uint32_t looked_at() const { return looked_at_; }
  // How many people there are, when more than were looked at.
  void set_population(double people) { population_ = people; }
  std::vector<ground::Finding> findings() const;

 private:
  struct ItemCount {
    uint32_t people = 0;
    std::vector<uint32_t> by_wording;  // by position in Item::wordings
    std::map<decide::Drop, uint32_t> dropped;
    bool counted = true;  // false: its rule rests on the visit, or on what is not counted yet
  };
  // phase × concern, in a slot or, with `slot` at its end, in a channel.
  struct Cell {
    ground::Channel channel;
    size_t slot;
    size_t phase;
    size_t concern;
    auto operator<=>(const Cell&) const = default;
  };
  // What one person brings to one channel.
  struct InChannel {
    size_t phase = SIZE_MAX;
    std::vector<bool> has, served;  // by concern
  };
  struct OnePerson {
    std::vector<int> reached;       // by item: the wording's position, -1 for not
    std::vector<decide::Drop> why;  // by item: why not
    std::map<ground::Channel, InChannel> channels;
  };

  // Has everyone been counted for this scale?
  bool compared(const ground::Read& read) const;
  // Can it be told of a stored person? Not what rests on a visit, or is not counted yet.
  bool countable(std::span<const ground::ReadId> reads) const;
  bool countable(const std::optional<ground::Expr>& rule) const;
  void look_at_slot(size_t slot, const decide::SlotDraft& draft, OnePerson& one);
  void look_at_concerns(size_t slot, const decide::SlotDraft& draft, OnePerson& one);
  size_t phase_of(const decide::SlotDraft& draft) const;
  void add(const OnePerson& one);
  bool slot_serves(const ground::Slot& slot, size_t concern) const;

  double estimate(uint32_t people) const;
  std::string people_text(uint32_t people) const;
  void add_never_qualifies(std::vector<ground::Finding>& out) const;
  void add_concludes(std::vector<ground::Finding>& out) const;
  void add_empty_cells(std::vector<ground::Finding>& out) const;
  std::vector<std::string> concluded(const ground::Item& item,
                                     const ground::Wording& wording) const;

  std::shared_ptr<const ground::Snapshot> snapshot_;
  std::shared_ptr<const ground::Population> compared_with_;
  std::vector<std::string> changed_items_;
  std::vector<bool> new_read_;       // rests on an aggregate or a scale that is not kept yet
  std::vector<ground::Slot> slots_;  // with survey_reads as reads
  std::vector<ItemCount> items_;
  std::map<Cell, uint32_t> empty_;
  uint32_t looked_at_ = 0;
  double population_ = 0;
};

}  // namespace aizuchi::serve
