// The tables of a shop become what an engine listens to: people, mailings, purchases, redemptions.
//
//   demographics.csv        identify of source crm: facts, imported, from the sign-up form
//   campaigns.csv           "Consent Updated" and "Mail Sent" of source mailer
//   transactions.csv        "Product Purchased" of source pos
//   coupon_redemptions.csv  "Coupon Redeemed" of source pos
//
// Promises: every row becomes an event that the engine acknowledged or a line of errors.csv, and
// the tallies say which; a row that stands there twice counts once. Cost: one row in memory, but
// for the campaigns; batches of 500 events.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "catalog.h"
#include "outbox.h"
#include "progress.h"
#include "stopwatch.h"

namespace grocery {

// What became of the rows of one table: rows = accepted + no_basis + in_errors.
struct Tally {
  std::string file;
  size_t rows = 0;  // without the header
  size_t accepted = 0;
  size_t no_basis = 0;  // nobody agreed that it may be kept
  size_t in_errors = 0;
  Took took;
};

struct ByNumber {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

struct Imported {
  std::vector<Tally> tables;
  std::set<std::string, ByNumber> everyone;  // every household the tables name
  size_t consents = 0;
  size_t unknown_products = 0;  // purchases of what products.csv does not list
  uint64_t events = 0;          // acknowledged or refused by the engine
  Took took;
  std::string problem;  // why the import could not go on; "" when it did
};

// `as_of_ms`: nothing in the tables may be later.
Imported import_tables(aizuchi::Engine& engine, const std::string& data, const Catalog& catalog,
                       int64_t as_of_ms, ErrorFile& errors, Progress& progress);

}  // namespace grocery
