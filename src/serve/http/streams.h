// Streams of changes: browsers that hold a connection open and are told, in one line, to ask again
// (server-sent events; OFREP 0.3.0, eventStreams). A stream says that something changed and
// nothing of what, so that what a person is shown goes one way only, through the guard.
//
// Told is a publish, a stop or a start, to all; and a change of what is known of the person, to
// theirs: looked for a second after it at the latest, so that a burst of events is one line. A
// comment every 15 s keeps proxies from closing it, and finds whoever has gone.
// Promises: never more than `streams_max` of them, so that they do not take the connections of
// those who ask; a line is queued, never waited for.
// Threads: the partition's. Cost: a look-up a stream and second (about 5 us), a tenth of the
// streams a tick; nothing while none is open.
#pragma once

#include <vector>

#include "serve/http/response.h"
#include "serve/partition/partition.h"

namespace aizuchi::serve {

class Streams {
 public:
  static constexpr size_t streams_max = 1024;

  bool full() const { return streams_.size() >= streams_max; }
  size_t size() const { return streams_.size(); }
  // Takes the stream over; says "ask again" at once when something changed since its token.
  void open(ResponseStream out, Partition::Watch watch, Partition& partition);
  void tick(Partition& partition);  // every 100 ms

 private:
  struct Stream {
    ResponseStream out;
    Partition::Watch watch;
    int64_t spoke_us = 0;
  };
  bool look_at(Stream& stream, Partition& partition, bool all_ask_again, int64_t now_us);
  bool brand_changed(Partition& partition);

  std::vector<Stream> streams_;
  size_t next_ = 0;  // to be looked at
  std::shared_ptr<const ground::Snapshot> snapshot_;
  size_t stops_ = 0;       // how many hold, and
  size_t stops_kept_ = 0;  // how many there ever were
  uint64_t told_ = 0;
};

}  // namespace aizuchi::serve
