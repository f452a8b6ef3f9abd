// What a rule or a template of a brand may name, and the reads that come of it. Two places that ask
// for the same value share one Read; two reads that differ only in their window share the buckets
// of one Aggregate. A name nobody asks for costs nothing.
//
//   facts.<key>   now   context.page|device|referrer|locale|for_whom|hour   visits   phase
//   cart.count|total|items   in_audience('x')   deciles.<name>   rfm.recency|frequency|monetary
//   threads   threads.open   threads.inquiry|cart|meeting|promise   … .open
//   count(event, window?, filter?)   sum(event, field, window?, filter?)
//   last(event)   first(event)   top(event, field, window?)
//
// Threads: one compile, one thread. Cost: one map lookup a name.
#pragma once

#include <map>
#include <set>
#include <string>

#include "ground/catalog/draft.h"

namespace aizuchi::ground::catalog {

class BrandEnvironment final : public ExprEnvironment {
 public:
  explicit BrandEnvironment(Draft& draft) : draft_(draft) {}

  std::optional<HostRead> variable(std::string_view qualified_name) const override;
  std::optional<HostCall> host_call(std::string_view function,
                                    std::span<const Value> arguments) const override;
  std::vector<std::string> names() const override;

  ReadId fact(size_t position) const;
  ReadId scale(size_t position) const;
  ReadId top_category() const;  // what for-you ranks by
  ReadId viewed() const;        // what recommendations start from
  ReadId threads() const;       // what scores ask
  // An audience whose rule has errors of its own: whoever names it is not told of them again.
  void leave_out(const std::string& audience) { broken_audiences_.insert(audience); }

 private:
  struct Call;  // the arguments of an aggregate, read one by one

  ReadId intern(Read read) const;
  ReadId simple(ReadKind kind, std::string name, std::string field = {}) const;
  HostCall aggregate(AggregateKind kind, std::span<const Value> arguments) const;
  HostCall audience(std::span<const Value> arguments) const;
  uint16_t aggregate_index(const Aggregate& aggregate, Duration window) const;

  // Names are asked of a const environment; what they come to is the Draft's.
  Draft& draft_;
  mutable std::map<std::string, ReadId, std::less<>> reads_;
  mutable std::map<std::string, uint16_t, std::less<>> aggregates_;
  std::set<std::string, std::less<>> broken_audiences_;
};

ExprType type_of(const FactRule& fact);

}  // namespace aizuchi::ground::catalog
