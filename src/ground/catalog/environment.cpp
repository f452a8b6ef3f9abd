#include "ground/catalog/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/json.h"

namespace aizuchi::ground::catalog {

namespace {

using Kind = ExprType::Kind;

constexpr size_t reads_max = 60'000;
constexpr Duration window_min = Duration::hours(1);
constexpr Duration window_max = Duration::days(365);

constexpr std::array<std::string_view, 5> context_texts = {"page", "device", "referrer", "locale",
                                                           "for_whom"};
constexpr std::array<std::string_view, 5> aggregate_words = {"count", "sum", "first", "last",
                                                             "top"};
constexpr std::array<std::string_view, 5> aggregate_forms = {
    "count(event, window?, {property: value}?)", "sum(event, field, window?, {property: value}?)",
    "first(event)", "last(event)", "top(event, field, window?)"};

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out += '\'';
}

std::string window_text(Duration window) {
  if (window.ms % ms_per_hour == 0) return fmt::format("duration('{}h')", window.ms / ms_per_hour);
  return fmt::format("duration('{}s')", window.ms / 1000);
}

std::string filter_value(const Value& value) {
  return value.is(Value::Kind::string) ? quoted(value.as_string()) : to_json(value);
}

// As a person would write it: count('Product Viewed', duration('168h'), {'category': 'tea'})
std::string read_name(const Aggregate& a, std::string_view event, Duration window) {
  std::string out =
      fmt::format("{}({}", aggregate_words[static_cast<size_t>(a.kind)], quoted(event));
  if (!a.field.empty()) out += ", " + quoted(a.field);
  if (window.ms > 0) out += ", " + window_text(window);
  if (!a.filter.empty()) {
    out += ", {";
    for (size_t i = 0; i < a.filter.size(); ++i)
      out += fmt::format("{}{}: {}", i > 0 ? ", " : "", quoted(a.filter[i].first),
                         filter_value(a.filter[i].second));
    out += '}';
  }
  return out += ')';
}

// The stable name of what is kept: count("Product Viewed",{"category":"tea"})
std::string canonical(const Aggregate& a, std::string_view event) {
  std::string out(aggregate_words[static_cast<size_t>(a.kind)]);
  out += '(';
  append_json_string(out, event);
  if (!a.field.empty()) {
    out += ',';
    append_json_string(out, a.field);
  }
  if (!a.filter.empty()) {
    JsonWriter filter;
    filter.object();
    for (const auto& [property, value] : a.filter) filter.member(property, value);
    filter.end_object();
    out += ',';
    out += filter.view();
  }
  return out += ')';
}

}  // namespace

ExprType type_of(const FactRule& fact) {
  switch (fact.type) {
    case FactType::boolean:
      return Kind::boolean;
    case FactType::integer:
      return Kind::integer;
    case FactType::real:
      return Kind::real;
    case FactType::date:
      return Kind::timestamp;
    case FactType::strings:
    case FactType::values:
      return ExprType::list(Kind::string);
    case FactType::string:
    case FactType::email:
    case FactType::url:
    case FactType::enumeration:
    case FactType::axis:
      return Kind::string;
  }
  return Kind::string;
}

ReadId BrandEnvironment::intern(Read read) const {
  const auto it = reads_.find(read.name);
  if (it != reads_.end()) return it->second;
  auto& all = draft_.out.reads;
  if (all.size() >= reads_max) {
    if (all.size() == reads_max)
      draft_.error(Place{}, "too-large", "",
                   fmt::format("more than {} different reads", reads_max));
    return 0;
  }
  read.id = static_cast<ReadId>(all.size());
  reads_.emplace(read.name, read.id);
  all.push_back(std::move(read));
  return all.back().id;
}

ReadId BrandEnvironment::simple(ReadKind kind, std::string name, std::string field) const {
  Read read;
  read.kind = kind;
  read.name = std::move(name);
  read.field = std::move(field);
  read.inferred = kind == ReadKind::phase;
  return intern(std::move(read));
}

ReadId BrandEnvironment::fact(size_t position) const {
  const FactRule& rule = draft_.out.facts[position];
  Read read;
  read.kind = draft_.fact_derived[position] != nullptr ? ReadKind::derived : ReadKind::fact;
  read.name = "facts." + rule.name;
  read.fact = rule.id;
  read.sensitive = rule.sensitive;
  return intern(std::move(read));
}

ReadId BrandEnvironment::scale(size_t position) const {
  Read read;
  read.kind = ReadKind::scale;
  read.name = draft_.out.scales[position].name;
  read.scale_index = static_cast<uint16_t>(position);
  read.inferred = true;
  return intern(std::move(read));
}

std::optional<HostRead> BrandEnvironment::variable(std::string_view name) const {
  if (name.starts_with("facts.")) {
    const auto it = draft_.facts.at.find(name.substr(6));
    if (it == draft_.facts.at.end()) {
      // Its declaration could not be read: any type will do, the file's own error is enough.
      if (draft_.unread(draft_.facts.file))
        return HostRead{simple(ReadKind::fact, std::string(name)), Kind::dyn};
      return std::nullopt;
    }
    // What somebody holds dear is for the deep layer alone: no rule may ask for it by name.
    if (draft_.out.facts[it->second].type == FactType::values) return std::nullopt;
    return HostRead{fact(it->second), type_of(draft_.out.facts[it->second])};
  }
  if (name.starts_with("context.")) {
    const std::string_view field = name.substr(8);
    const bool text = std::ranges::find(context_texts, field) != context_texts.end();
    if (!text && field != "hour") return std::nullopt;
    return HostRead{simple(ReadKind::context, std::string(name), std::string(field)),
                    text ? Kind::string : Kind::integer};
  }
  if (name.starts_with("deciles.") || name.starts_with("rfm.")) {
    const auto it = draft_.scales.at.find(name);
    if (it != draft_.scales.at.end()) return HostRead{scale(it->second), Kind::integer};
    if (!draft_.unread(draft_.scales.file)) return std::nullopt;
    return HostRead{simple(ReadKind::scale, std::string(name)), Kind::integer};
  }
  if (const auto field = threads_field(name))
    return HostRead{simple(ReadKind::threads, std::string(name), std::string(*field)),
                    ExprType::list(Kind::dyn)};
  if (name == "now") return HostRead{simple(ReadKind::now, "now"), Kind::timestamp};
  if (name == "visits") return HostRead{simple(ReadKind::visits, "visits"), Kind::integer};
  if (name == "phase") return HostRead{simple(ReadKind::phase, "phase"), Kind::string};
  if (name == "cart.count")
    return HostRead{simple(ReadKind::cart, "cart.count", "count"), Kind::integer};
  if (name == "cart.total")
    return HostRead{simple(ReadKind::cart, "cart.total", "total"), Kind::real};
  if (name == "cart.items")
    return HostRead{simple(ReadKind::cart, "cart.items", "items"), ExprType::list(Kind::dyn)};
  return std::nullopt;
}

std::vector<std::string> BrandEnvironment::names() const {
  std::vector<std::string> out = {"now",        "visits",     "phase",        "cart.count",
                                  "cart.total", "cart.items", "context.hour", "in_audience"};
  for (const std::string_view field : context_texts)
    out.push_back(fmt::format("context.{}", field));
  for (const std::string_view word : aggregate_words) out.emplace_back(word);
  for (const FactRule& rule : draft_.out.facts)
    if (rule.type != FactType::values) out.push_back("facts." + rule.name);
  for (const Scale& scale : draft_.out.scales) out.push_back(scale.name);
  for (const std::string_view what : {"", ".inquiry", ".cart", ".meeting", ".promise"})
    for (const std::string_view open : {"", ".open"})
      out.push_back(fmt::format("threads{}{}", what, open));
  return out;
}

std::optional<ExprEnvironment::HostCall> BrandEnvironment::host_call(
    std::string_view function, std::span<const Value> arguments) const {
  if (function == "in_audience") return audience(arguments);
  const auto it = std::ranges::find(aggregate_words, function);
  if (it == aggregate_words.end()) return std::nullopt;
  return aggregate(static_cast<AggregateKind>(it - aggregate_words.begin()), arguments);
}

ExprEnvironment::HostCall BrandEnvironment::audience(std::span<const Value> arguments) const {
  if (arguments.size() != 1 || !arguments[0].is(Value::Kind::string))
    return std::unexpected("expected in_audience('name'), the name written out");
  const std::string& name = arguments[0].as_string();
  const auto it = draft_.audiences.at.find(name);
  if (it == draft_.audiences.at.end()) {
    if (draft_.unread(draft_.audiences.file)) return InlineText{"true"};
    return std::unexpected(fmt::format("unknown audience '{}'{}", name,
                                       did_you_mean(name, words_of(draft_.audiences))));
  }
  const YamlNode* rule = draft_.audience_rules[it->second];
  if (rule == nullptr || !rule->is(YamlNode::Kind::scalar) || broken_audiences_.contains(name))
    return InlineText{"true"};
  return InlineText{"(" + rule->text + "\n)"};  // a comment at its end stays in it
}

// event, field?, window?, filter?: each taken off the front when it is there.
struct BrandEnvironment::Call {
  std::span<const Value> rest;

  const Value* take(Value::Kind kind) {
    if (rest.empty() || !rest[0].is(kind)) return nullptr;
    const Value* front = &rest[0];
    rest = rest.subspan(1);
    return front;
  }
};

ExprEnvironment::HostCall BrandEnvironment::aggregate(AggregateKind kind,
                                                      std::span<const Value> arguments) const {
  const std::string_view form = aggregate_forms[static_cast<size_t>(kind)];
  const auto wrong = [&](std::string_view why) {
    return std::unexpected(fmt::format("expected {}{}", form, why));
  };
  const bool has_field = kind == AggregateKind::sum || kind == AggregateKind::top;
  const bool has_window = has_field || kind == AggregateKind::count;
  const bool has_filter = kind == AggregateKind::count || kind == AggregateKind::sum;
  Call call{arguments};
  const Value* event = call.take(Value::Kind::string);
  if (event == nullptr) return wrong(", the event's name written out");
  const auto known = draft_.events.at.find(event->as_string());
  if (known == draft_.events.at.end() && !draft_.unread(draft_.events.file))
    return std::unexpected(
        fmt::format("unknown event '{}': expected one of events.yaml or a "
                    "built-in one{}",
                    event->as_string(), did_you_mean(event->as_string(), words_of(draft_.events))));
  Aggregate spec;
  spec.kind = kind;
  const EventRule& rule = draft_.out.events[known == draft_.events.at.end() ? 0 : known->second];
  spec.event = rule.id;
  if (has_field) {
    const Value* field = call.take(Value::Kind::string);
    if (field == nullptr || field->as_string().empty()) return wrong(", the field written out");
    spec.field = field->as_string();
  }
  const Value* span = has_window ? call.take(Value::Kind::span) : nullptr;
  const Value* filter = has_filter ? call.take(Value::Kind::map) : nullptr;
  if (!call.rest.empty()) return wrong("");
  Duration window;
  if (span != nullptr) {
    window = Duration::seconds(span->as_span().seconds);
    if (window < window_min || window > window_max)
      return std::unexpected(
          "expected a window from duration('1h') to duration('8760h') (365 days)");
  }
  if (filter != nullptr)
    for (const auto& [property, value] : filter->as_map()) {
      const bool plain = value.is(Value::Kind::string) || value.is(Value::Kind::boolean) ||
                         value.is(Value::Kind::integer) || value.is(Value::Kind::real);
      if (!property.is(Value::Kind::string) || !plain)
        return wrong(", {'property': text, number or bool}");
      spec.filter.emplace_back(property.as_string(), value);
    }
  std::ranges::sort(spec.filter, {}, [](const auto& entry) { return entry.first; });
  static constexpr std::array<Kind, 5> results = {Kind::integer, Kind::real, Kind::timestamp,
                                                  Kind::timestamp, Kind::string};
  Read read;
  read.kind = ReadKind::aggregate;
  read.name = read_name(spec, rule.name, window);
  read.window = window;
  read.sensitive = rule.sensitive;
  read.inferred = kind == AggregateKind::top;
  spec.text = canonical(spec, rule.name);
  read.aggregate_index = aggregate_index(spec, window);
  read.aggregate = draft_.out.aggregates[read.aggregate_index].id;
  return HostRead{intern(std::move(read)), results[static_cast<size_t>(kind)]};
}

uint16_t BrandEnvironment::aggregate_index(const Aggregate& spec, Duration window) const {
  const Duration needed = window.ms == 0 ? window_max : window;
  auto& all = draft_.out.aggregates;
  const auto it = aggregates_.find(spec.text);
  if (it != aggregates_.end()) {
    all[it->second].window_max = std::max(all[it->second].window_max, needed);
    return it->second;
  }
  if (all.size() >= reads_max) return 0;  // as many reads: intern() says so
  Aggregate fresh = spec;
  fresh.id = {draft_.intern(Vocabulary::Table::aggregate, {fresh.text, Place{}})};
  fresh.window_max = needed;
  const auto index = static_cast<uint16_t>(all.size());
  aggregates_.emplace(fresh.text, index);
  all.push_back(std::move(fresh));
  return index;
}

ReadId BrandEnvironment::threads() const {
  return simple(ReadKind::threads, "threads." + std::string(threads_topics),
                std::string(threads_topics));
}

ReadId BrandEnvironment::viewed() const {
  return simple(ReadKind::viewed, "viewed");
}

ReadId BrandEnvironment::top_category() const {
  const std::array<Value, 3> arguments = {Value("Product Viewed"), Value("category"),
                                          Value(Span{.seconds = 720 * 3600, .nanos = 0})};
  const HostCall call = aggregate(AggregateKind::top, arguments);
  AIZ_ASSERT(call.has_value());  // Product Viewed is built in
  return std::get<HostRead>(*call).read;
}

}  // namespace aizuchi::ground::catalog
