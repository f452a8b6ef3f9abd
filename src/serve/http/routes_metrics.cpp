// /metrics in the Prometheus text format, version 0.0.4. Counters of the engine, the store and the
// doors: no person, no key, no value of an event is in it.
#include <fmt/format.h>

#include "serve/http/routes_desk.h"
#include "serve/partition/answer.h"
#include "serve/partition/choice_note.h"
#include "serve/partition/felt.h"
#include "serve/partition/odd.h"
#include "serve/partition/recommender_note.h"
#include "serve/partition/threads.h"
#include "serve/partition/webhooks.h"

namespace aizuchi::serve {

namespace {

// The page being written: a family (HELP, TYPE), then its samples.
class Page {
 public:
  Page& counter(std::string_view name, std::string_view help) {
    return family(name, help, "counter");
  }
  Page& gauge(std::string_view name, std::string_view help) { return family(name, help, "gauge"); }
  template <typename Number>
  Page& sample(Number value, std::string_view labels = {}) {
    if (labels.empty())
      out_ += fmt::format("{} {}\n", name_, value);
    else
      out_ += fmt::format("{}{{{}}} {}\n", name_, labels, value);
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  Page& family(std::string_view name, std::string_view help, std::string_view type) {
    name_ = name;
    out_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    return *this;
  }
  std::string out_;
  std::string name_;
};

// By the webhook's id; its address may hold a secret.
void write_webhooks(Page& page, const Partition& partition, ground::Instant now) {
  const std::vector<Webhook> webhooks = partition.webhooks();
  const auto family = [&](auto number) {
    for (const Webhook& each : webhooks)
      page.sample(number(each), fmt::format("webhook=\"{}\"", each.id));
  };
  page.gauge("aizuchi_webhook_pending", "Messages that wait for a webhook.");
  family([](const Webhook& each) { return each.pending; });
  page.gauge("aizuchi_webhook_oldest_seconds", "How long the first of them has waited.");
  family([&](const Webhook& each) {
    return each.oldest == ground::Instant{} ? 0 : (now.ms - each.oldest.ms) / 1'000;
  });
  page.gauge("aizuchi_webhook_failing", "1 while a webhook does not take what it is told.");
  family([](const Webhook& each) {
    return each.gone || each.failing_since != ground::Instant{} ? 1 : 0;
  });
  page.counter("aizuchi_webhook_delivered_total", "Messages that a webhook took.");
  family([](const Webhook& each) { return each.delivered; });
  page.counter("aizuchi_webhook_dropped_total", "Messages that were let go of.");
  family([](const Webhook& each) { return each.dropped; });
}

void write_listening(Page& page, const Counters& c) {
  page.counter("aizuchi_events_total", "Events received, by what became of them.")
      .sample(c.events_accepted, "result=\"accepted\"")
      .sample(c.events_duplicate, "result=\"duplicate\"")
      .sample(c.events_refused, "result=\"refused\"")
      .sample(c.events_no_basis, "result=\"no_basis\"");
  page.counter("aizuchi_events_expired_total", "Kept events that went because their time was over.")
      .sample(c.events_expired);
  page.counter("aizuchi_sensitive_refused_total",
               "Events with a sensitive trait that nobody expressly consented to.")
      .sample(c.sensitive_refused);
  page.counter("aizuchi_traits_refused_total", "Traits whose value is not of their fact's type.")
      .sample(c.traits_refused);
  page.counter("aizuchi_links_refused_total", "Identifiers that would have merged two people.")
      .sample(c.links_refused);
  page.counter("aizuchi_devices_absorbed_total", "Devices whose history became a person's.")
      .sample(c.devices_absorbed);
  page.counter("aizuchi_ingests_overdue_total",
               "Ingests answered 503 because the disk had not answered in time.")
      .sample(c.ingests_overdue);
  page.counter("aizuchi_provenances_refused_total",
               "Events of public keys with one combination of consents too many for their source.")
      .sample(c.provenances_refused);
  page.counter("aizuchi_devices_kept_apart_total",
               "Devices whose history is too long to become a person's.")
      .sample(c.devices_kept_apart);
  page.counter("aizuchi_consents_total", "Changes of what people allow.").sample(c.consents);
  page.counter("aizuchi_exposures_total", "Answers that were seen.").sample(c.exposures);
  page.counter("aizuchi_outcomes_total", "Clicks and conversions.").sample(c.outcomes);
}

// Since the start; a rate over time is made of the counters.
void write_shares(Page& page, const Counters& c) {
  const auto share = [&](uint64_t part) {
    return c.slots == 0 ? 0 : static_cast<double>(part) / static_cast<double>(c.slots);
  };
  page.counter("aizuchi_slots_explored_total",
               "Places where not what was believed best was chosen, to learn.")
      .sample(c.slots_explored);
  page.gauge("aizuchi_fallback_share", "Of places, where nothing fitted: the gap in content.")
      .sample(share(c.fallbacks));
  page.gauge("aizuchi_exploration_share", "Of places, where the choice was made to learn.")
      .sample(share(c.slots_explored));
  page.gauge("aizuchi_layer_share", "Of places, by the layer that spoke.");
  for (size_t i = 0; i < std::size(c.layers); ++i)
    page.sample(share(c.layers[i]),
                fmt::format("layer=\"{}\"", to_string(static_cast<ground::Layer>(i))));
}

// By place, what an alert on gaps in content asks for (over 0.2), and the model's age.
void write_choice(Page& page, const ChoiceNote& choice) {
  page.gauge("aizuchi_choice_version", "The learned choice, as it was learned last.")
      .sample(choice.version);
  page.gauge("aizuchi_choice_learning", "1 while it is learned anew.")
      .sample(choice.learning ? 1 : 0);
  page.counter("aizuchi_slot_decisions_total", "Places filled since the live folder, by slot.");
  for (const ChoiceSlot& slot : choice.slots)
    page.sample(slot.counted.slots, fmt::format("slot=\"{}\"", slot.slot));
  page.counter("aizuchi_slot_fallbacks_total", "… where nothing fitted.");
  for (const ChoiceSlot& slot : choice.slots)
    page.sample(slot.counted.fallbacks, fmt::format("slot=\"{}\"", slot.slot));
}

void write_deciding(Page& page, const Counters& c) {
  page.counter("aizuchi_decisions_total", "Calls to decide.").sample(c.decisions);
  page.counter("aizuchi_slots_total", "Places filled.").sample(c.slots);
  page.counter("aizuchi_slots_default_total", "Places where the brand's default stood.")
      .sample(c.fallbacks, "reason=\"nothing_fits\"")
      .sample(c.silences, "reason=\"silence\"")
      .sample(c.given_orders, "reason=\"given_order\"")
      .sample(c.stopped, "reason=\"stopped\"")
      .sample(c.failures, "reason=\"failed\"")
      .sample(c.shed, "reason=\"shed\"");
  page.counter("aizuchi_slots_layer_total", "Places filled, by the layer that spoke.");
  for (size_t i = 0; i < std::size(c.layers); ++i)
    page.sample(c.layers[i], fmt::format("layer=\"{}\"", to_string(static_cast<ground::Layer>(i))));
  write_shares(page, c);
  page.counter("aizuchi_slots_withheld_total", "Places where something known was held back.")
      .sample(c.slots_with_withheld);
  page.counter("aizuchi_selling_stopped_total",
               "Places where something that sells was held back, and why.")
      .sample(c.selling_stopped[0], "reason=\"promise_overdue\"")
      .sample(c.selling_stopped[1], "reason=\"complaint_open\"");
  page.counter("aizuchi_stage_microseconds_total", "Time spent in each stage of deciding.");
  for (size_t i = 0; i < decide::stage_count; ++i)
    page.sample(c.stage_us[i],
                fmt::format("stage=\"{}\"", to_string(static_cast<decide::Stage>(i))));
}

// Of 20 people at least, or not at all.
void write_felt(Page& page, const Counters& c, const Felt::Now& now) {
  page.counter("aizuchi_felt_total", "Whether people feel understood: asked, and what came of it.")
      .sample(c.felt[0], "result=\"asked\"")
      .sample(c.felt[1], "result=\"answered\"")
      .sample(c.felt[2], "result=\"skipped\"");
  if (now.understood)
    page.gauge("aizuchi_felt_understood", "FU, the mean of F1 to F3, from 1 to 7.")
        .sample(*now.understood);
  if (now.uneasy)
    page.gauge("aizuchi_felt_uneasy_share", "C1 of 5 and more, of all answers to it.")
        .sample(*now.uneasy);
  page.gauge("aizuchi_felt_unease_alerts",
             "Layers and slots, and all together, where that is over 5 %: should be 0.")
      .sample(now.alerts);
}

void write_people(Page& page, Partition& partition) {
  const Counters& c = partition.counters();
  page.gauge("aizuchi_people_cached", "People held in memory.").sample(c.people_cached);
  page.gauge("aizuchi_people_cached_bytes", "What they take there.").sample(c.people_cached_bytes);
  page.counter("aizuchi_people_created_total", "People met for the first time.")
      .sample(c.people_created);
  page.counter("aizuchi_questions_total", "Open questions, by what became of them.")
      .sample(c.questions[0], "result=\"asked\"")
      .sample(c.questions[1], "result=\"answered\"")
      .sample(c.questions[2], "result=\"passed\"");
  page.counter("aizuchi_give_backs_total", "Answers that were seen to change what was promised.")
      .sample(c.questions[3]);
  const Threads::Owed owed = Threads(partition).owed();
  page.gauge("aizuchi_promises_overdue", "People to whom a promise of ours is overdue.")
      .sample(owed.promises);
  page.gauge("aizuchi_complaints_open", "People with a complaint that nobody answered.")
      .sample(owed.complaints);
  page.gauge("aizuchi_give_backs_overdue", "Answers that changed nothing in the time promised.")
      .sample(owed.give_backs);
  page.counter("aizuchi_odd_marks_total", "Uses that a person said feel odd.").sample(c.odd_marks);
  page.counter("aizuchi_odd_stops_total", "Uses that stopped for everybody since they feel odd.")
      .sample(c.odd_stops);
  page.gauge("aizuchi_odd_stopped", "Uses that are stopped now; above 0 somebody should look.")
      .sample(Odd(partition).stopped());
  write_felt(page, c, Felt(partition).now());
  page.counter("aizuchi_newcomers_refused_total",
               "Requests of a key that brought in too many people.")
      .sample(c.newcomers_refused);
  page.counter("aizuchi_people_erased_total", "People who were forgotten.").sample(c.people_erased);
  page.counter("aizuchi_events_late_total", "Events from before their person was erased.")
      .sample(c.events_late);
  page.gauge("aizuchi_sweep_pending", "1 while files may hold sealed bytes of erased people.")
      .sample(c.sweep_pending);
  page.counter("aizuchi_sweeps_total", "Times the files were written anew and searched.")
      .sample(c.sweeps);
  page.counter("aizuchi_sweeps_found_total", "… and something of erased people was found.")
      .sample(c.sweeps_found);
  page.counter("aizuchi_people_backfilled_total", "People whose aggregates were counted again.")
      .sample(c.backfilled);
  const auto snapshot = partition.snapshot();
  page.gauge("aizuchi_brand_version", "The version of the brand folder that is live.")
      .sample(snapshot ? snapshot->version : 0);
  const Partition::CountingStats counting = partition.counting_stats();
  page.gauge("aizuchi_audiences", "Audiences that are counted.").sample(counting.audiences);
  page.gauge("aizuchi_audiences_filling", "Audiences that are new and not counted yet.")
      .sample(counting.filling);
  page.gauge("aizuchi_audiences_settling", "People whose last events are in no count yet.")
      .sample(counting.settling);
  page.counter("aizuchi_audience_looks_total", "People looked at to be counted.")
      .sample(counting.looks);
  const PopulationNote population = partition.population();
  page.gauge("aizuchi_population_version",
             "The count of all people that deciles and RFM are read from.")
      .sample(population.version);
  const RecommenderNote recommender = partition.recommender();
  page.gauge("aizuchi_recommender_version", "What goes with what, as it was learned last.")
      .sample(recommender.version);
  page.gauge("aizuchi_recommender_links", "Links between products that it serves.")
      .sample(recommender.links);
  page.gauge("aizuchi_recommender_learning", "1 while it is learned anew.")
      .sample(recommender.learning ? 1 : 0);
  page.gauge("aizuchi_ready", "1 when decisions can be answered.").sample(partition.warm() ? 1 : 0);
}

void write_store(Page& page, const ground::StoreStats& s) {
  page.counter("aizuchi_store_commits_total", "Batches acknowledged.").sample(s.commits);
  page.counter("aizuchi_store_writes_total", "Writes that batches were merged into.")
      .sample(s.groups);
  page.counter("aizuchi_store_syncs_total", "Writes that were synced to the disk.")
      .sample(s.groups_synced);
  page.counter("aizuchi_store_bytes_total", "Bytes acknowledged, before compression.")
      .sample(s.bytes);
  page.counter("aizuchi_store_refused_total", "Batches answered with an error.").sample(s.refused);
  page.gauge("aizuchi_store_queued", "Batches waiting to be written.").sample(s.queued);
  page.gauge("aizuchi_store_queued_bytes", "Bytes waiting to be written.").sample(s.queued_bytes);
  page.gauge("aizuchi_store_sync_microseconds", "How long the last synced write took.")
      .sample(s.last_sync_us);
}

void write_doors(Page& page, const Desk& desk) {
  page.counter("aizuchi_http_answers_total", "Answers given by routes, by class of status.");
  for (size_t i = 2; i < desk.answers_by_class.size(); ++i)
    page.sample(desk.answers_by_class[i], fmt::format("status=\"{}xx\"", i));
  page.counter("aizuchi_http_limited_total",
               "Requests answered 429: asked more often than allowed.");
  for (const auto of : {Limits::Of::address, Limits::Of::person, Limits::Of::key})
    page.sample(desk.limits.refused(of), fmt::format("of=\"{}\"", to_string(of)));
  page.counter("aizuchi_http_shed_total", "Requests given up because others waited too long.");
  for (const auto of : {Shed::admin, Shed::ingest, Shed::decisions})
    page.sample(desk.shed[static_cast<size_t>(of)], fmt::format("of=\"{}\"", to_string(of)));
  if (desk.options.wait_us)
    page.gauge("aizuchi_http_wait_microseconds", "How long a request waits before its turn.")
        .sample(desk.options.wait_us());
  page.gauge("aizuchi_http_streams", "Open streams of changes (OFREP).")
      .sample(desk.streams.size());
  if (!desk.options.transports) return;
  const auto doors = desk.options.transports();
  page.gauge("aizuchi_http_connections", "Open connections.");
  for (const auto& [door, s] : doors)
    page.sample(s.connections_open, fmt::format("door=\"{}\"", door));
  page.counter("aizuchi_http_connections_total", "Connections accepted.");
  for (const auto& [door, s] : doors)
    page.sample(s.connections_total, fmt::format("door=\"{}\"", door));
  page.counter("aizuchi_http_requests_total", "Requests read whole.");
  for (const auto& [door, s] : doors) page.sample(s.requests, fmt::format("door=\"{}\"", door));
  page.gauge("aizuchi_tls_certificate_expires_seconds", "When, in Unix time; 0 without TLS.");
  for (const auto& [door, s] : doors)
    page.sample(s.certificate_expires_at.ms / 1000, fmt::format("door=\"{}\"", door));
  page.counter("aizuchi_http_refusals_total", "Requests refused before any route saw them.");
  for (const auto& [door, s] : doors)
    for (size_t i = 0; i < refusal_count; ++i)
      page.sample(s.refused[i], fmt::format("door=\"{}\",reason=\"{}\"", door,
                                            to_string(static_cast<Refusal>(i))));
}

}  // namespace

void answer_metrics(Desk& desk, const ExchangePtr& exchange) {
  Page page;
  write_listening(page, desk.partition.counters());
  write_deciding(page, desk.partition.counters());
  write_choice(page, desk.partition.choice());
  write_people(page, desk.partition);
  write_webhooks(page, desk.partition, desk.partition.clock().now());
  write_store(page, desk.partition.store_stats());
  write_doors(page, desk);
  exchange->send({.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = page.take()});
}

}  // namespace aizuchi::serve
