// One run of a program: the budget, the loop variables, and the values it made on the way.
// Functions receive it to keep a value, to fail with a written message, and to pay for their work.
#pragma once

#include <array>
#include <forward_list>
#include <span>
#include <string>

#include "ground/expr/compile.h"
#include "ground/expr/operand.h"

namespace aizuchi::ground {

class Evaluation {
 public:
  // activation may be null for a program without reads (constant folding).
  Evaluation(const Program& program, Activation* activation, uint64_t cost_max);

  Operand run(uint32_t step);

  // Keeps the value until the evaluation ends.
  Operand keep(Value value) {
    kept_.push_front(std::move(value));
    return Operand::of(kept_.front());
  }
  Operand fail(std::string message);
  // false when the budget is spent: return exhausted() then.
  bool charge(uint64_t cost) {
    if (cost > cost_left_) [[unlikely]] {
      cost_left_ = 0;
      exhausted_ = true;
      return false;
    }
    cost_left_ -= cost;
    return true;
  }
  // What working on so many bytes costs.
  bool charge_bytes(size_t bytes) { return charge(1 + bytes / 8); }
  // What copying a value into a list or map costs.
  bool charge_copy(const Operand& o) {
    return !o.is(Tag::string) && !o.is(Tag::bytes)
               ? charge(1)
               : charge_bytes(o.is(Tag::string) ? o.text().size() : o.raw().size());
  }
  static Operand exhausted() { return Operand::fail("the expression costs more than its limit"); }
  bool is_exhausted() const { return exhausted_; }
  uint64_t cost_left() const { return cost_left_; }
  // Pays for every value in a result, so that shared parts cannot blow up when it is written out.
  bool charge_deep(const Value& value);
  std::string message(const Operand& error) const;

 private:
  Operand run_call(const Step& step);
  Operand run_all(const Step& step);  // &&
  Operand run_any(const Step& step);  // ||
  Operand run_select(const Step& step);
  Operand run_test(const Step& step);
  Operand run_list(const Step& step);
  Operand run_map(const Step& step);
  Operand run_fold(const Step& step);
  Operand fold_quantifier(const Step& step, const Operand& range);
  Operand fold_exists_one(const Step& step, const Operand& range);
  Operand fold_list(const Step& step, const Operand& range);
  Operand fold_map(const Step& step, const Operand& range);
  Operand fold_optional(const Step& step, const Operand& range);
  // Calls body(first, second) for every turn of the loop until it returns false.
  template <typename Body>
  void each(const Step& step, const Operand& range, Body body);
  Operand filter_turn(const Step& step, bool& keep_it);
  uint32_t child(const Step& step, size_t i) const {
    return program_.children[step.first_child + i];
  }

  const Program& program_;
  Activation* activation_;
  uint64_t cost_left_;
  bool exhausted_ = false;
  std::array<Operand, 8> few_locals_;
  std::vector<Operand> many_locals_;
  Operand* locals_;
  std::forward_list<Value> kept_;
  std::forward_list<std::string> messages_;
};

}  // namespace aizuchi::ground
