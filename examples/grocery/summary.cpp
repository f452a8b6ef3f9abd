#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <vector>

#include "run.h"
#include "text.h"

namespace grocery {

namespace {

[[gnu::format(printf, 2, 3)]] void print(std::string& out, const char* form, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, form);
  std::vsnprintf(buffer, sizeof buffer, form, arguments);
  va_end(arguments);
  out += buffer;
}

double percent(size_t part, size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// The most frequent first.
void print_shares(std::string& out, const char* title, const std::map<std::string, size_t>& counts,
                  size_t whole, size_t lines_max) {
  std::vector<std::pair<std::string, size_t>> sorted(counts.begin(), counts.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (sorted.size() > lines_max) sorted.resize(lines_max);
  for (const auto& [name, n] : sorted) {
    print(out, "  %-9s %6s  %5.1f %%  %s\n", title, with_commas(n).c_str(), percent(n, whole),
          name.c_str());
    title = "";
  }
}

void print_tables(std::string& out, const Outcome& outcome) {
  print(out, "%-24s %8s %9s %9s %14s\n", "table", "rows", "accepted", "no basis", "in errors.csv");
  const Catalog& catalog = outcome.catalog;
  print(out, "%-24s %8s %9s %9s %14s\n", "products.csv", with_commas(catalog.rows).c_str(),
        with_commas(catalog.products).c_str(), "-",
        with_commas(catalog.rows - catalog.products).c_str());
  for (const Tally& t : outcome.imported.tables)
    print(out, "%-24s %8s %9s %9s %14s\n", t.file.c_str(), with_commas(t.rows).c_str(),
          with_commas(t.accepted).c_str(), with_commas(t.no_basis).c_str(),
          with_commas(t.in_errors).c_str());
}

// "events/s       70,211    49,153 in 0.91 s, 0.70 s of them processor time"
void print_speed(std::string& out, const char* title, size_t count, Took took,
                 const std::string& what) {
  print(out, "%-12s %9s   %s %s, in %.2f s, %.2f s of processor time\n", title,
        with_commas(
            static_cast<uint64_t>(took.seconds > 0 ? static_cast<double>(count) / took.seconds : 0))
            .c_str(),
        with_commas(count).c_str(), what.c_str(), took.seconds, took.cpu_seconds);
}

void print_speeds(std::string& out, const Options& options, const Outcome& outcome) {
  const Imported& in = outcome.imported;
  const Decided& decided = outcome.decided;
  out += '\n';
  print_speed(out, "products/s", outcome.catalog.products, outcome.publish,
              "checked and published with the brand folder");
  print_speed(out, "people/s", in.tables.front().accepted, in.tables.front().took,
              "households with their form");
  print_speed(out, "events/s", in.events, in.took,
              options.durable ? "synced to disk by batches of 500" : "into memory");
  print_speed(out, "decisions/s", decided.decisions, decided.took,
              "for " + with_commas(decided.people) + " households");
}

void print_slot(std::string& out, const std::string& name, const Shares& shares) {
  print(out, "\n%s, %s decisions\n", name.c_str(), with_commas(shares.decisions).c_str());
  print_shares(out, "reason", shares.reasons, shares.decisions, 10);
  print_shares(out, "layer", shares.layers, shares.decisions, 4);
  print_shares(out, "item", shares.items, shares.decisions, 10);
  print(out, "  %-9s %6s  %5.1f %%  of the decisions\n", "withheld",
        with_commas(shares.with_withheld).c_str(), percent(shares.with_withheld, shares.decisions));
  print_shares(out, "of them", shares.withheld, shares.decisions, 8);
}

size_t of_reason(const Shares& shares, const std::string& reason) {
  const auto found = shares.reasons.find(reason);
  return found == shares.reasons.end() ? 0 : found->second;
}

void print_all(std::string& out, const Decided& decided) {
  size_t fallbacks = 0, silences = 0, withheld = 0;
  for (const auto& [name, shares] : decided.slots) {
    fallbacks += of_reason(shares, "nothing_fits") + of_reason(shares, "given_order");
    silences += of_reason(shares, "silence") + of_reason(shares, "no_consent");
    withheld += shares.with_withheld;
  }
  print(out, "\nall %s decisions\n", with_commas(decided.decisions).c_str());
  const auto line = [&](const char* title, size_t n, const char* what) {
    print(out, "  %-9s %6s  %5.1f %%  %s\n", title, with_commas(n).c_str(),
          percent(n, decided.decisions), what);
  };
  line("fallback", fallbacks, "the brand's own order");
  line("silence", silences, "nothing sent: no consent, or nothing that fits");
  line("withheld", withheld, "the guard held something back, or let it choose and not be said");
}

}  // namespace

std::string summary(const Options& options, const Outcome& outcome) {
  std::string out;
  print_tables(out, outcome);
  print(out, "\n%s of %s products are sensitive: bought, they count towards nothing\n",
        with_commas(outcome.catalog.sensitive).c_str(),
        with_commas(outcome.catalog.products).c_str());
  print(out, "%s households agreed to coupons (they were on a mailing list)\n",
        with_commas(outcome.imported.consents).c_str());
  print(out, "%s purchases are of a product that products.csv does not list\n",
        with_commas(outcome.imported.unknown_products).c_str());
  print_speeds(out, options, outcome);
  for (const auto& [name, shares] : outcome.decided.slots) print_slot(out, name, shares);
  print_all(out, outcome.decided);
  print(out, "\nrows in errors.csv  %s\nwritten to          %s: errors.csv, decisions.ndjson\n",
        with_commas(outcome.errors).c_str(), options.out.c_str());
  return out;
}

}  // namespace grocery
