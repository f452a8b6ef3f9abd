// The static types of CEL, without protobuf messages. A type is a small value: copying one counts a
// reference at most. `dyn` stands for "known when it runs" and fits everywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aizuchi::ground {

class ExprType {
 public:
  enum class Kind : uint8_t {
    dyn,
    null,
    boolean,
    integer,
    uinteger,
    real,
    string,
    bytes,
    timestamp,
    duration,
    type,
    list,      // parameter: item
    map,       // parameters: key, value
    optional,  // parameter: content
    opaque,    // name: "net.IP", …
    param      // name: the A of list(A) in a signature; never the type of an expression
  };

  ExprType() = default;  // dyn
  ExprType(Kind kind) : kind_(kind) {}
  static ExprType list(ExprType item);
  static ExprType map(ExprType key, ExprType value);
  static ExprType optional(ExprType content);
  static ExprType opaque(std::string name);
  static ExprType param(std::string name);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_dyn() const { return kind_ == Kind::dyn; }
  // Preconditions: the kind has that parameter.
  const ExprType& item() const { return detail_->parameters[0]; }
  const ExprType& key() const { return detail_->parameters[0]; }
  const ExprType& value() const { return detail_->parameters[1]; }
  const std::string& name() const { return detail_->name; }

  // As CEL writes it: "list(string)", "map(string, dyn)", "google.protobuf.Timestamp" is
  // "timestamp".
  std::string text() const;
  bool operator==(const ExprType& other) const;

 private:
  struct Detail {
    std::string name;
    std::vector<ExprType> parameters;
  };
  ExprType(Kind kind, std::string name, std::vector<ExprType> parameters);
  Kind kind_ = Kind::dyn;
  std::shared_ptr<const Detail> detail_;
};

// May a value of type `from` stand where `to` is wanted? dyn fits both ways; null fits timestamps
// and durations.
bool assignable(const ExprType& from, const ExprType& to);
// The narrowest type for a list that holds both: one of the two, or dyn.
ExprType join(const ExprType& a, const ExprType& b);

}  // namespace aizuchi::ground
