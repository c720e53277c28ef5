// Command tmem is a Trillian log server and its sequencer in one process, with
// all trees in memory: what ct_server and rekor-server need behind them, and
// nothing that outlives a test.
//
// It makes two log trees, serves them on a loopback port of its own choosing,
// and prints one line to standard output once they can be written to:
//
//	ADDRESS TREE-ID TREE-ID
//
// It is a module of its own so that Trillian's modules stay out of publishgate's.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/google/trillian"
	"github.com/google/trillian/extension"
	"github.com/google/trillian/log"
	"github.com/google/trillian/monitoring"
	"github.com/google/trillian/quota"
	"github.com/google/trillian/server"
	"github.com/google/trillian/storage"
	"github.com/google/trillian/storage/memory"
	"github.com/google/trillian/util/clock"
	"github.com/google/trillian/util/election"
	"github.com/google/trillian/util/election2"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"k8s.io/klog/v2"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The sequencer says something fifty times a second.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "tmem:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	trees := memory.NewTreeStorage()
	registry := extension.Registry{
		AdminStorage:    memory.NewAdminStorage(trees),
		LogStorage:      memory.NewLogStorage(trees, monitoring.InertMetricFactory{}),
		ElectionFactory: election2.NoopFactory{},
		QuotaManager:    quota.Noop(),
		MetricFactory:   monitoring.InertMetricFactory{},
	}
	logs := server.NewTrillianLogRPCServer(registry, clock.System)

	var ids [2]int64
	for i := range ids {
		id, err := newTree(ctx, registry.AdminStorage, logs)
		if err != nil {
			return fmt.Errorf("make tree: %w", err)
		}
		ids[i] = id
	}

	go log.NewOperationManager(log.OperationInfo{
		Registry:   registry,
		BatchSize:  64,
		NumWorkers: 2,
		// Rekor holds a client back until its entry is sequenced, so this is
		// most of what an upload takes.
		RunInterval:    20 * time.Millisecond,
		TimeSource:     clock.System,
		ElectionConfig: election.RunnerConfig{TimeSource: clock.System},
	}, log.NewSequencerManager(registry, 0)).OperationLoop(ctx)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	rpc := grpc.NewServer()
	trillian.RegisterTrillianLogServer(rpc, logs)
	go func() {
		<-ctx.Done()
		rpc.Stop()
	}()
	fmt.Println(listener.Addr(), ids[0], ids[1])
	if err := rpc.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return err
	}
	return nil
}

func newTree(ctx context.Context, admin storage.AdminStorage, logs *server.TrillianLogRPCServer) (int64, error) {
	tree, err := storage.CreateTree(ctx, admin, &trillian.Tree{
		TreeState:       trillian.TreeState_ACTIVE,
		TreeType:        trillian.TreeType_LOG,
		MaxRootDuration: durationpb.New(0),
	})
	if err != nil {
		return 0, err
	}
	_, err = logs.InitLog(ctx, &trillian.InitLogRequest{LogId: tree.TreeId})
	return tree.TreeId, err
}
